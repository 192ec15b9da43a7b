from __future__ import annotations

import grp
import os
import pwd
import socket
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.config.directives import TABLE
from clamgate.config.loader import Loaded, load, parse
from clamgate.config.problems import ConfError, Problem
from clamgate.core.rules import Action, HeaderMode
from clamgate.core.settings import (
    MIB,
    Listen,
    LogDetail,
    Logging,
    Process,
    TcpEndpoint,
    UnixEndpoint,
)

NEEDED = b"MilterSocket inet:7357\nClamdSocket tcp:scanner\n"
USER = pwd.getpwuid(os.getuid()).pw_name
GROUP = grp.getgrgid(os.getgid()).gr_name


def write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def test_the_least_conf(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "a.conf", NEEDED))
    assert loaded.settings.listen == Listen(TcpEndpoint("", 7357, "inet"))
    assert loaded.settings.clamd.sockets == (TcpEndpoint("scanner", 3310),)
    assert loaded.warnings == ()


def test_every_origin_is_told() -> None:
    loaded = parse(NEEDED + b"OnFail Accept\n", "a.conf", {"LogFile": ["/dev/null"]})
    assert loaded.origins["MilterSocket"] == "a.conf:1"
    assert loaded.origins["OnFail"] == "a.conf:3"
    assert loaded.origins["LogFile"] == "command line"
    assert loaded.origins["OnClean"] == "default"
    assert set(loaded.origins) == {one.name for one in TABLE if not one.ignored}
    assert loaded.texts["OnFail"] == ("Accept",)
    assert loaded.texts["OnClean"] == ("Accept",)
    assert loaded.texts["PidFile"] == ()
    assert set(loaded.texts) == set(loaded.origins)


def test_the_command_line_counts_before_the_conf() -> None:
    loaded = parse(NEEDED + b"Foreground no\n", "a.conf", {"Foreground": ["yes"]})
    assert loaded.settings.process.foreground


def test_all_mistakes_are_told_in_one_go(tmp_path: Path) -> None:
    allowed = write(tmp_path / "list", b"fine\n[oops\n")
    conf = f"""\
MilterSocket inet:7357
OnFial Accept
OnFail Blackhole
MaxFileSize 25MB
AllowList {allowed}
LogTime
TemporaryDirectory /no/such
Debug yes
"""
    with pytest.raises(ConfError) as caught:
        load(write(tmp_path / "a.conf", conf.encode()), {"LogFile": ["log"]})
    assert str(caught.value).replace(str(tmp_path), "DIR").splitlines() == [
        (
            "DIR/a.conf: ClamdSocket is missing: add a line such as"
            " `ClamdSocket unix:/run/clamav/clamd.ctl`"
        ),
        "DIR/a.conf:2: there is no directive OnFial: did you mean OnFail?",
        (
            'DIR/a.conf:3: OnFail "Blackhole": must be Accept, Reject, Defer or Tag (no other'
            " action is for mail that could not be scanned)"
        ),
        (
            'DIR/a.conf:4: MaxFileSize "25MB": must be a number of bytes, or one followed by K, M'
            " or G: write 25M"
        ),
        "DIR/a.conf:6: LogTime has no value: write `LogTime VALUE`",
        "DIR/a.conf:7: TemporaryDirectory: there is no directory /no/such",
        (
            'DIR/list:2: the expression "[oops" cannot be used: a [ is not closed: write \\[ for a'
            " plain bracket (at byte 5 of the expression)"
        ),
        'command line: LogFile "log": must be an absolute path, one that begins with /',
    ]


def test_warnings_come_from_everywhere(tmp_path: Path) -> None:
    allowed = write(tmp_path / "list", b"ab\n\n")
    conf = f"# x # y\nDebug yes\nRejectMsg x\nAllowList {allowed}\n".encode()
    loaded = parse(NEEDED + conf, "a.conf")
    assert loaded.warnings == tuple(
        sorted(
            [
                Problem("a.conf", 4, "Debug is ignored: this is for clamd: set it in clamd.conf"),
                Problem(
                    "a.conf",
                    5,
                    "RejectMsg has no effect without `OnInfected Reject`: set that too",
                ),
                Problem(allowed, 2, "an empty line is ignored"),
            ]
        )
    )


@pytest.mark.parametrize(
    ("complaint", "located"),
    [
        ("LogFile /x: cannot open it", "a.conf:3: LogFile /x: cannot open it"),
        ("PidFile /y: cannot write it", "command line: PidFile /y: cannot write it"),
        ("TemporaryDirectory /tmp: is full", "TemporaryDirectory /tmp: is full"),
        ("no other process can be forked", "no other process can be forked"),
        ("a.conf:7: MaxFileSize: too much", "a.conf:7: MaxFileSize: too much"),
        ("", ""),
    ],
)
def test_what_goes_wrong_later_is_located_by_its_directive(complaint: str, located: str) -> None:
    loaded = parse(NEEDED + b"LogFile /x\n", "a.conf", {"PidFile": ["/y"]})
    assert loaded.located(complaint) == located


@pytest.mark.parametrize("what", ["missing", "directory", "name"])
def test_a_conf_that_cannot_be_read(tmp_path: Path, what: str) -> None:
    path, reason = {
        "missing": (f"{tmp_path}/missing", "No such file or directory"),
        "directory": (str(tmp_path), "Is a directory"),
        "name": ("a\0b", "embedded null byte"),
    }[what]
    with pytest.raises(ConfError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: cannot read this conf file: {reason}"


# What Debian's package clamav-milter (1.4.6) writes to /etc/clamav/clamav-milter.conf, but for the
# paths and the user.
STOCK = """\
#Automatically Generated by clamav-milter postinst
#To reconfigure clamav-milter run #dpkg-reconfigure clamav-milter
#Please read /usr/share/doc/clamav-base/README.Debian.gz for details
MilterSocket DIR/clamav-milter.ctl
FixStaleSocket true
User USER
ReadTimeout 120
Foreground false
PidFile DIR/clamav-milter.pid
ClamdSocket unix:DIR/clamd.ctl
OnClean Accept
OnInfected Quarantine
OnFail Defer
AddHeader Replace
LogSyslog false
LogFacility LOG_LOCAL6
LogVerbose false
LogInfected Off
LogClean Off
LogRotate true
MaxFileSize 25M
SupportMultipleRecipients false
TemporaryDirectory DIR
LogFile DIR/clamav-milter.log
LogTime true
LogFileUnlock false
LogFileMaxSize 1M
MilterSocketGroup GROUP
MilterSocketMode 666
"""


def test_debians_stock_conf(tmp_path: Path) -> None:
    text = STOCK.replace("DIR", str(tmp_path)).replace("USER", USER).replace("GROUP", GROUP)
    loaded = load(write(tmp_path / "a.conf", text.encode()))
    settings = loaded.settings
    assert loaded.warnings == ()
    assert settings.listen == Listen(
        UnixEndpoint(f"{tmp_path}/clamav-milter.ctl"), group=GROUP, mode=0o666, fix_stale=True
    )
    assert settings.process == Process(user=USER, pid_file=f"{tmp_path}/clamav-milter.pid")
    assert settings.clamd.sockets == (UnixEndpoint(f"{tmp_path}/clamd.ctl"),)
    assert settings.spooling.max_file_size == 25 * MIB
    assert settings.spooling.temporary_directory == str(tmp_path)
    assert settings.rules.on_infected is Action.QUARANTINE
    assert settings.rules.add_header is HeaderMode.REPLACE
    assert settings.logging == Logging(
        file=f"{tmp_path}/clamav-milter.log",
        rotate=True,
        time=True,
        infected=LogDetail.OFF,
        clean=LogDetail.OFF,
    )
    given = {line.split()[0] for line in STOCK.splitlines() if not line.startswith("#")}
    assert given == {name for name, origin in loaded.origins.items() if origin != "default"}


def attempt(data: bytes) -> Loaded | tuple[Problem, ...]:
    """Parse with a resolver that knows no host: nothing may be sent from here."""
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    with patch.object(socket, "getaddrinfo", side_effect=unknown):
        try:
            return parse(data, "a.conf")
        except ConfError as error:
            return error.problems


NAMES = st.sampled_from([one.name for one in TABLE])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = TEXTS | st.sampled_from(["yes", "0", "1M", "/", "unix:/x", "tcp:x", "file:/", "^(a|b)$"])
LINES = st.tuples(NAMES | TEXTS, st.sampled_from([" ", "\t", ' "', ""]), VALUES).map("".join)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_conf_or_a_conf_error(data: bytes) -> None:
    attempt(NEEDED + data)


@given(st.lists(LINES, max_size=8))
def test_so_is_anything_that_looks_like_one(lines: list[str]) -> None:
    text = "\n".join(lines)
    outcome = attempt(NEEDED + text.encode())
    problems = outcome.warnings if isinstance(outcome, Loaded) else outcome
    assert isinstance(outcome, Loaded) or outcome
    last = 3 + text.count("\n")
    own = [problem for problem in problems if problem.path == "a.conf"]
    assert all(0 <= problem.line <= last and problem.text for problem in own)
    assert not [problem for problem in problems if "\n" in str(problem)]
