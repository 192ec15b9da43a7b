"""Confs that must not start, and the few of them that only one of the two programs refuses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.oracle import STOP_SECONDS, CMilter, OracleRefusedError
from tests.oracle_comparison.confs import LISTS
from tests.running_filter import FilterEndedError, RunningFilter

from clamgate.harness.client import MilterClient
from clamgate.harness.link import FilterGoneError

CLAMD = "ClamdSocket unix:/nonexistent/clamd.sock"


class By(Enum):
    """Who is to refuse a conf."""

    BOTH = "both"
    ORACLE = "the C program only"
    OURS = "ours only"


@dataclass(frozen=True, slots=True)
class BadConf:
    """A conf that is refused.

    Attributes:
        name: Unique.
        text: Its directives, but for MilterSocket and files.
        by: Who refuses it.
        reason: Why that is wanted, if it is not both.
    """

    name: str
    text: str
    by: By = By.BOTH
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a program ended at its start.

    Attributes:
        status: Its exit status.
        output: What it printed.
    """

    status: int
    output: str


@dataclass(frozen=True, slots=True)
class Start:
    """What both programs made of a bad conf: None is a program that serves."""

    conf: BadConf
    theirs: Refusal | None
    ours: Refusal | None

    @property
    def problems(self) -> tuple[str, ...]:
        """What is not as the conf says; nothing if all is well."""
        expected = {
            "the C program": (self.theirs, self.conf.by is not By.OURS),
            "ours": (self.ours, self.conf.by is not By.ORACLE),
        }
        return tuple(
            f"{self.conf.name}: {program} {said(refusal)}"
            for program, (refusal, refused) in expected.items()
            if refused is not (refusal is not None and refusal.status > 0)
        )


def said(refusal: Refusal | None) -> str:
    return f"ended with {refusal.status}: {refusal.output}" if refusal else "serves"


def start_both(conf: BadConf) -> Start:
    """Start both programs under a conf."""
    return Start(conf, refusal_of_oracle(conf), refusal_of_ours(conf))


def bad(name: str, *lines: str) -> BadConf:
    """Return a conf that has one thing wrong with it."""
    return BadConf(name, "\n".join((CLAMD, *lines, "")))


BAD_CONFS = (
    bad("example", "Example"),
    bad("unknown-option", "Bogus yes"),
    bad("name-in-lower-case", "onclean Accept"),
    bad("no-argument", "OnInfected"),
    bad("unknown-action", "OnInfected Bounce"),
    bad("unknown-clean-action", "OnClean Drop"),
    bad("quarantine-on-fail", "OnFail Quarantine"),
    bad("blackhole-on-fail", "OnFail Blackhole"),
    bad("size-unit", "MaxFileSize 10X"),
    bad("negative-size", "MaxFileSize -1"),
    bad("boolean", "LogTime maybe"),
    bad("add-header", "AddHeader Perhaps"),
    bad("negative-timeout", "ReadTimeout -1"),
    bad("two-signatures", "OnInfected Reject", "RejectMsg %v and %v"),
    bad("reject-msg-not-ascii", "OnInfected Reject", "RejectMsg Vírus"),
    bad("log-detail", "LogInfected Some"),
    bad("log-clean-detail", "LogClean yes"),
    bad("netmask", "LocalNet 192.0.2.4/99"),
    bad("no-such-host", "LocalNet no.such.host.invalid"),
    bad("no-allow-list", "AllowList /nonexistent/list"),
    bad("bad-expression", f"AllowList {LISTS}/bad-expression"),
    bad("relative-allow-list", "AllowList allowed"),
    bad("no-login-list", "SkipAuthenticated file:/nonexistent/list"),
    bad("bad-login-expression", "SkipAuthenticated ("),
    bad("facility", "LogSyslog yes", "LogFacility LOG_FOO"),
    bad("no-such-user", "User nosuchuser"),
    bad("no-such-group", "MilterSocketGroup nosuchgroup"),
    bad("socket-mode", "MilterSocketMode 999"),
    BadConf("no-clamd", "OnInfected Reject\n"),
    BadConf("clamd-scheme", "ClamdSocket udp:127.0.0.1\n"),
    BadConf("relative-clamd", "ClamdSocket unix:clamd.sock\n"),
    BadConf("clamd-without-scheme", "ClamdSocket /run/clamd.sock\n"),
    BadConf("clamd-port", "ClamdSocket tcp:127.0.0.1:none\n"),
    bad("no-end-of-quote", 'RejectMsg "no end'),
    bad("no-such-root", "Chroot /nonexistent"),
    BadConf(
        "clamd-port-too-large",
        "ClamdSocket tcp:127.0.0.1:99999\n",
        By.OURS,
        "there is no such port, and so no clamd that would ever answer: better said at the start",
    ),
    BadConf(
        "netmask-word",
        f"{CLAMD}\nLocalNet 192.0.2.4/home\n",
        By.OURS,
        "the C program takes the mask as 0 bits, and no mail at all is scanned (tried)",
    ),
    BadConf(
        "empty-line",
        f"{CLAMD}\nAllowList {LISTS}/empty-line\n",
        By.ORACLE,
        "an empty line in an AllowList has no meaning that could be missed: ours warns of it",
    ),
)


def refusal_of_oracle(conf: BadConf) -> Refusal | None:
    """Start the C program; return None if it serves.

    Its socket is open before it has understood all of its conf, so only a session tells.
    """
    try:
        with CMilter(conf.text) as oracle:
            try:
                with MilterClient(oracle.endpoint):
                    return None
            except FilterGoneError:
                return Refusal(end_of(oracle), oracle.output())
    except OracleRefusedError as error:
        return Refusal(error.status, error.output)


def end_of(oracle: CMilter) -> int:
    assert oracle._process is not None
    return oracle._process.wait(STOP_SECONDS)


def refusal_of_ours(conf: BadConf) -> Refusal | None:
    """Start our filter; return None if it serves."""
    with TemporaryDirectory(prefix="cg-", dir="/tmp") as folder:
        ours = RunningFilter(Path(folder), conf.text)
        try:
            ours.start()
        except FilterEndedError as ended:
            return Refusal(ended.status, ours.log)
        ours.stop()
        return None
