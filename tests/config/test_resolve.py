from __future__ import annotations

import pytest

from clamgate.config.lexer import lex
from clamgate.config.problems import ConfError, Findings
from clamgate.config.resolve import Values, resolve
from clamgate.core.rules import Action
from clamgate.core.settings import TcpEndpoint, UnixEndpoint


def values(text: str, **overrides: list[str]) -> tuple[Values, list[str]]:
    """The values of a conf without errors, and the warnings."""
    findings = Findings()
    found = resolve(lex(text.encode(), "a.conf", findings), overrides, findings)
    findings.raise_errors()
    return found, [str(warning) for warning in findings.warnings]


def errors(text: str, **overrides: list[str]) -> list[str]:
    with pytest.raises(ConfError) as caught:
        values(text, **overrides)
    return str(caught.value).splitlines()


def test_given_values_and_their_places() -> None:
    found, warnings = values("\nOnFail accept\nReadTimeout 5\n")
    assert found["OnFail"] is Action.ACCEPT
    assert found["ReadTimeout"] == 5.0
    assert str(found.place("ReadTimeout")) == "a.conf:3"
    assert found.origin("OnFail") == "a.conf:2"
    assert not found.missing("OnFail")
    assert warnings == []


def test_defaults() -> None:
    found, _ = values("")
    assert found["OnFail"] is Action.DEFER
    assert found["PidFile"] is None
    assert found["ClamdSocket"] == ()
    assert found.place("OnFail") is None
    assert found.origin("OnFail") == "default"
    assert found.missing("OnFail")


def test_repeated_ones_add_up_in_order_and_may_be_the_same() -> None:
    found, warnings = values(
        "ClamdSocket tcp:b\nClamdSocket unix:/a\nClamdSocket unix:/a\nLocalNet local\n"
    )
    assert found["ClamdSocket"] == (TcpEndpoint("b", 3310), UnixEndpoint("/a"), UnixEndpoint("/a"))
    assert found.origin("ClamdSocket") == "a.conf:1, a.conf:2, a.conf:3"
    assert warnings == []


def test_of_others_the_first_counts() -> None:
    found, warnings = values("OnFail Accept\nOnFail Reject\n")
    assert found["OnFail"] is Action.ACCEPT
    assert warnings == [
        (
            "a.conf:2: OnFail is given again and ignored: the first counts, at a.conf:1; remove one"
            " of the two"
        )
    ]


def test_the_command_line_replaces_what_the_conf_says() -> None:
    found, warnings = values(
        "OnFail Accept\nClamdSocket unix:/a\n", OnFail=["Reject"], ClamdSocket=["tcp:b", "tcp:c"]
    )
    assert found["OnFail"] is Action.REJECT
    assert found["ClamdSocket"] == (TcpEndpoint("b", 3310), TcpEndpoint("c", 3310))
    assert found.origin("OnFail") == "command line"
    assert warnings == []


def test_an_empty_list_on_the_command_line_replaces_nothing() -> None:
    assert values("OnFail Accept\n", OnFail=[])[0]["OnFail"] is Action.ACCEPT


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("milterSocket", ": write MilterSocket, upper and lower case count"),
        ("ONFAIL", ": write OnFail, upper and lower case count"),
        ("scanmail", ": write ScanMail, upper and lower case count"),
        ("OnInfekted", ": did you mean OnInfected?"),
        ("LogFileSize", ": did you mean LogFileMaxSize?"),
        ("Unheard", ""),
    ],
)
def test_unknown_names(name: str, hint: str) -> None:
    assert errors(f"{name} x\n") == [f"a.conf:1: there is no directive {name}{hint}"]


def test_unknown_names_on_the_command_line() -> None:
    assert errors("", OnFial=["x"]) == [
        "command line: there is no directive OnFial: did you mean OnFail?"
    ]


def test_an_empty_value_on_the_command_line() -> None:
    assert errors("", PidFile=[""]) == ["command line: PidFile has no value"]


def test_names_of_the_command_line_work_in_a_conf_as_in_the_c_program() -> None:
    found, warnings = values("log /a.log\n")
    assert found["LogFile"] == "/a.log"
    assert warnings == ["a.conf:1: log is an option of the command line: write LogFile"]


def test_what_is_ignored_is_told() -> None:
    _, warnings = values("ScanMail perhaps\nScanMail no\nAllowSupplementaryGroups yes\n")
    assert warnings == [
        "a.conf:1: ScanMail is ignored: this is for clamd: set it in clamd.conf",
        "a.conf:2: ScanMail is ignored: this is for clamd: set it in clamd.conf",
        "a.conf:3: AllowSupplementaryGroups is ignored: the groups of `User` are always taken on",
    ]


def test_an_old_name_is_told() -> None:
    found, warnings = values("Whitelist /list\n")
    assert found["Whitelist"] == "/list"
    assert warnings == ["a.conf:1: Whitelist is the old name of AllowList: write that"]


def test_wrong_values_name_the_directive_and_the_value() -> None:
    assert errors(f"LogTime on\nUser {'x' * 70}\n") == [
        'a.conf:1: LogTime "on": must be yes or no (or true, false, 1, 0)',
        f'a.conf:2: User "{"x" * 60}...": there is no such user on this system',
    ]


def test_a_comment_after_a_value_is_told_for_what_it_is() -> None:
    assert errors("LogTime yes # since May\n") == [
        (
            'a.conf:1: LogTime "yes # since May": must be yes or no (or true, false, 1, 0)'
            " - a comment must have a line of its own"
        )
    ]


def test_a_wrong_value_is_not_a_missing_one() -> None:
    findings = Findings()
    found = resolve(lex(b"MilterSocket x\n", "a.conf", findings), {}, findings)
    assert not found.missing("MilterSocket")
    assert found["MilterSocket"] is None


def test_odd_values_are_told() -> None:
    found, warnings = values("MilterSocketMode 777\nMaxFileSize 010\n")
    assert found["MilterSocketMode"] == 0o666
    assert warnings == [
        "a.conf:1: MilterSocketMode 777: only permissions to read and write count: taken as 666",
        "a.conf:2: MaxFileSize 010: a number that begins with 0 is octal: this is 8 bytes",
    ]
