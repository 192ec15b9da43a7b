from __future__ import annotations

import pytest

from clamgate.config.problems import ConfError, Findings, Problem
from clamgate.container.database_age import max_database_age
from clamgate.container.environment import Given, Wishes, read_environment
from clamgate.container.programs import CLAMD, FILTER, FRESHCLAM


def read(**environ: str) -> tuple[Wishes, list[str]]:
    findings = Findings()
    wishes = read_environment(environ, findings)
    findings.raise_errors()
    return wishes, [told(warning) for warning in findings.warnings]


def errors(**environ: str) -> list[str]:
    with pytest.raises(ConfError) as caught:
        read(**environ)
    return [told(problem) for problem in caught.value.problems]


def told(problem: Problem) -> str:
    return str(problem).removeprefix("environment variable ")


def test_the_defaults_are_those_of_clamavs_image() -> None:
    wishes, warnings = read(PATH="/bin", HOME="/root")
    assert (wishes.clamd, wishes.freshclam, wishes.filter) == (True, True, False)
    assert wishes.startup_timeout == 1800
    assert wishes.checks is None
    assert warnings == []


def test_each_flag_switches_its_service() -> None:
    wishes, warnings = read(
        CLAMAV_NO_CLAMD="true", CLAMAV_NO_FRESHCLAMD="TRUE", CLAMAV_NO_MILTERD="false"
    )
    assert (wishes.clamd, wishes.freshclam, wishes.filter) == (False, False, True)
    assert warnings == []


def test_an_empty_variable_is_an_unset_one() -> None:
    wishes, _ = read(CLAMAV_NO_CLAMD="", CLAMD_STARTUP_TIMEOUT="", CLAMD_CONF_MaxThreads="")
    assert wishes.clamd
    assert wishes.of(CLAMD) == ()


def test_the_slip_in_clamavs_readme_is_understood_with_a_warning() -> None:
    wishes, warnings = read(CLAMAV_NO_MILTERED="false")
    assert wishes.filter
    assert warnings == [("CLAMAV_NO_MILTERED: there is no such variable: write CLAMAV_NO_MILTERD")]


def test_an_unknown_clamav_variable_is_told_with_what_was_meant() -> None:
    _, warnings = read(CLAMAV_NO_CLAMDD="true")
    assert warnings == [
        ("CLAMAV_NO_CLAMDD: it has no meaning here and is ignored: did you mean CLAMAV_NO_CLAMD?")
    ]


def test_what_kubernetes_adds_for_a_service_of_that_name_is_no_mistake() -> None:
    _, warnings = read(CLAMAV_PORT="tcp://10.0.0.1:3310", CLAMAV_SERVICE_HOST="10.0.0.1")
    assert warnings == []


def test_wrong_values_are_told_all_at_once() -> None:
    assert errors(
        CLAMAV_NO_CLAMD="perhaps",
        CLAMD_STARTUP_TIMEOUT="0",
        FRESHCLAM_CHECKS="51",
        HEALTH_MAX_DB_AGE="old",
        LOG_FORMAT="xml",
    ) == [
        'CLAMAV_NO_CLAMD: "perhaps" must be yes or no (or true, false, 1, 0)',
        'CLAMD_STARTUP_TIMEOUT: "0" must be at least 1 second',
        ('FRESHCLAM_CHECKS: "51" must be how often a day to look for updates, 1 to 50'),
        (
            'HEALTH_MAX_DB_AGE: "old" must be a number of seconds, or one followed'
            " by m, h or d, such as 3d"
        ),
        'LOG_FORMAT: "xml" must be text or json',
    ]


def test_nothing_to_run_is_an_error() -> None:
    (error,) = errors(CLAMAV_NO_CLAMD="true", CLAMAV_NO_FRESHCLAMD="true")
    assert error.startswith("environment: nothing is left to run")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("2h", 7200), ("3d", 259200)]
)
def test_the_age_of_a_database_takes_units(text: str, seconds: float) -> None:
    assert max_database_age({"HEALTH_MAX_DB_AGE": text}, Findings()) == seconds


def test_directives_go_to_the_program_of_their_prefix() -> None:
    wishes, _ = read(
        CLAMD_CONF_MaxThreads="20",
        FRESHCLAM_CONF_HTTPProxyServer="proxy",
        MILTER_CONF_OnInfected="Tag",
        CLAMAV_NO_MILTERD="no",
    )
    assert wishes.of(CLAMD) == (Given("MaxThreads", "20", "CLAMD_CONF_MaxThreads"),)
    assert wishes.of(FRESHCLAM) == (
        Given("HTTPProxyServer", "proxy", "FRESHCLAM_CONF_HTTPProxyServer"),
    )
    assert wishes.of(FILTER) == (Given("OnInfected", "Tag", "MILTER_CONF_OnInfected"),)


def test_a_directive_that_may_repeat_takes_numbers_and_lines() -> None:
    wishes, _ = read(
        CLAMAV_NO_MILTERD="false",
        MILTER_CONF_ClamdSocket_10="tcp:c:3310",
        MILTER_CONF_ClamdSocket="tcp:a:3310",
        MILTER_CONF_ClamdSocket_2="tcp:b:3310\ntcp:b2:3310\n",
    )
    assert [given.value for given in wishes.of(FILTER)] == [
        "tcp:a:3310",
        "tcp:b:3310",
        "tcp:b2:3310",
        "tcp:c:3310",
    ]


def test_one_that_may_not_repeat_takes_a_single_value() -> None:
    assert errors(CLAMD_CONF_MaxThreads="1\n2", CLAMD_CONF_User="a", CLAMD_CONF_User_2="b") == [
        "CLAMD_CONF_MaxThreads: MaxThreads takes a single value",
        ("CLAMD_CONF_User_2: User takes a single value, and CLAMD_CONF_User gives one too"),
    ]


@pytest.mark.parametrize("name", ["CLAMD_CONF_", "CLAMD_CONF_Max_Threads", "CLAMD_CONF_1"])
def test_what_can_be_no_directive_is_refused(name: str) -> None:
    (error,) = errors(**{name: "1"})
    assert error.startswith(f"{name}: after CLAMD_CONF_ must stand")


def test_control_characters_cannot_get_into_a_conf() -> None:
    (error,) = errors(CLAMD_CONF_User="a\x1bb")
    assert error.endswith("User: unprintable characters: remove them")


def test_directives_for_a_service_that_does_not_run_are_told() -> None:
    _, warnings = read(MILTER_CONF_OnFail="Accept")
    assert warnings == [
        (
            "MILTER_CONF_OnFail: it has no effect while CLAMAV_NO_MILTERD is true,"
            " which is the default"
        )
    ]
