from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clamgate.config.checks import check
from clamgate.config.lexer import lex
from clamgate.config.problems import ConfError, Findings, Place
from clamgate.config.resolve import resolve

NEEDED = "MilterSocket inet:7357\nClamdSocket tcp:scanner\n"


def check_all(text: str) -> tuple[list[str], list[str]]:
    """The errors and warnings that a conf gets from the checks alone."""
    findings = Findings()
    values = resolve(lex(text.encode(), "a.conf", findings), {}, findings)
    findings.raise_errors()
    checked = Findings()
    check(values, Place("a.conf"), checked)
    try:
        checked.raise_errors()
    except ConfError as error:
        return [str(one) for one in error.problems], [str(one) for one in checked.warnings]
    return [], [str(one) for one in checked.warnings]


def warnings(text: str) -> list[str]:
    errors, warned = check_all(NEEDED + text)
    assert errors == []
    return warned


def test_nothing_is_wrong_with_the_least_conf() -> None:
    assert check_all(NEEDED) == ([], [])


def test_what_no_conf_can_do_without() -> None:
    errors, _ = check_all("")
    assert errors == [
        (
            "a.conf: ClamdSocket is missing: add a line such as"
            " `ClamdSocket unix:/run/clamav/clamd.ctl`"
        ),
        (
            "a.conf: MilterSocket is missing: add a line such as"
            " `MilterSocket /run/clamav/clamav-milter.ctl`"
        ),
    ]


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        (
            "ClamdWait 99\nScanDeadline 99\n",
            ["a.conf:3: ClamdWait (99 s) is never reached: ScanDeadline (99 s) ends a scan first"],
        ),
        (
            "ScanDeadline 20\n",
            ["a.conf:3: ClamdWait (30 s) is never reached: ScanDeadline (20 s) ends a scan first"],
        ),
        ("ClamdWait 98\nScanDeadline 99\n", []),
        ("ScanDeadline 100\n", []),
        (
            "ReadTimeout 300\n",
            [
                (
                    "a.conf:3: ReadTimeout (300 s) is never reached: ScanDeadline (240 s) ends a"
                    " scan first"
                )
            ],
        ),
        ("ReadTimeout 0\n", []),
        (
            "ScanDeadline 281\n",
            [
                (
                    "a.conf:3: ScanDeadline is over 280 s: Postfix gives up at 300 s, and defers"
                    " the mail whatever OnFail says"
                )
            ],
        ),
        ("ScanDeadline 280\n", []),
        (
            "MilterSocketMode 660\n",
            ["a.conf:3: MilterSocketMode has no effect: MilterSocket is no unix socket"],
        ),
        (
            "LogRotate yes\nLogFileMaxSize 0\n",
            ["a.conf:3: LogRotate has no effect: LogFileMaxSize is 0, which is no limit"],
        ),
        ("LogRotate no\nLogFileMaxSize 0\n", []),
        (
            "AllowList /a\nWhitelist /b\n",
            ["a.conf:3: AllowList is ignored: Whitelist, its old name, is given too"],
        ),
        (f"VirusAction {sys.executable}\n", []),
        ("VirusAction sh\n", []),
        (
            "VirusAction sh -c true\n",
            [
                (
                    'a.conf:3: VirusAction: there is no program "sh -c true": the whole value is'
                    " its name, it takes no arguments"
                )
            ],
        ),
        ("PidFile /no/such/pid\n", ["a.conf:3: PidFile: there is no directory /no/such"]),
        ("LogFile /no/such/log\n", ["a.conf:3: LogFile: there is no directory /no/such"]),
        ("ControlSocket /no/c\n", ["a.conf:3: ControlSocket: there is no directory /no"]),
        ("ControlSocket none\n", []),
    ],
)
def test_what_is_legal_and_has_no_effect(text: str, warned: list[str]) -> None:
    assert warnings(text) == warned


def test_the_directory_of_a_unix_socket() -> None:
    text = "MilterSocket /no/such/m\nMilterSocketMode 660\nClamdSocket tcp:x\n"
    assert check_all(text) == ([], ["a.conf:1: MilterSocket: there is no directory /no/such"])


def test_a_temporary_directory_that_is_missing(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert check_all(f"{NEEDED}TemporaryDirectory {missing}\n")[0] == [
        f"a.conf:3: TemporaryDirectory: there is no directory {missing}"
    ]


def test_one_of_the_environment_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "missing"
    monkeypatch.setenv("TMPDIR", str(missing))
    assert check_all(NEEDED)[0] == [
        f"environment variable TMPDIR: TemporaryDirectory: there is no directory {missing}"
    ]


def test_a_root_that_is_missing(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert check_all(f"{NEEDED}Chroot {missing}\n")[0] == [
        f"a.conf:3: Chroot: there is no directory {missing}"
    ]


def test_the_temporary_directory_is_looked_up_in_the_new_root(tmp_path: Path) -> None:
    text = f"{NEEDED}Chroot {tmp_path}\nTemporaryDirectory /spool\nVirusAction /no/such\n"
    assert check_all(text)[0] == [
        f"a.conf:4: TemporaryDirectory: there is no directory {tmp_path}/spool"
    ]
    (tmp_path / "spool").mkdir()
    assert check_all(text) == ([], [])


def test_passwords_are_tried_by_a_program_that_is_not_in_a_chroot(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    chroot = f"{NEEDED}Chroot {tmp_path}\nTemporaryDirectory /spool\n"
    why = "TryPasswords runs Python, which is not inside of Chroot: leave one of the two out"
    assert check_all(f"{chroot}TryPasswords yes\n")[0] == [f"a.conf:5: {why}"]
    assert check_all(f"{chroot}TryPasswords no\n")[0] == []
