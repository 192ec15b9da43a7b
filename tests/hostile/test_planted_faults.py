"""An exception in every callback of the real daemon: each message is answered, none passes so."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import pytest
from tests import running_filter
from tests.hostile import faulty_clamgate
from tests.hostile.counted_client import CountedClient
from tests.hostile.faulty_clamgate import ERRORS, SESSION_METHODS
from tests.hostile.judging_clamd import EICAR, JudgingClamd
from tests.hostile.tally import Tally
from tests.hostile.target import CONF, Target, under_attack
from tests.waiting import wait_until

from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import Accept, Options, Reply, ReplyCode, TempFail, offer

CLEAN = Message.from_eml(b"Subject: hello\n\nbody\n")
INFECTED = Message.from_eml(b"Subject: hello\n\n" + EICAR + b"\n")
# Every step is taken and answered if anybody could be excluded at it; nobody is.
LOOKS_AT_ALL = "LocalNet local\nSkipAuthenticated ^nobody$\nAllowList {folder}/allowed\n"

# Without its client a message is scanned all the same, and after the last one nothing is left.
HARMLESS = {"connect", "close"}

dialect = pytest.mark.parametrize("offered", [offer(), offer(2)], ids=["6", "2"])


@contextmanager
def broken_filter(plan: str, conf: str, tally: Tally) -> Iterator[Target]:
    """Run the filter with faults planted in it."""
    launcher = [sys.executable, faulty_clamgate.__file__, plan]
    with TemporaryDirectory(prefix="hostile-") as name:
        folder = Path(name)
        program = folder / "clamgate"
        program.write_text(f'#!/bin/sh\nexec {shlex.join(launcher)} "$@"\n')
        program.chmod(0o755)
        (folder / "allowed").write_text("^<nobody@example\\.net>$\n")
        with (
            JudgingClamd(folder / "clamd.sock") as clamd,
            mock.patch.object(running_filter, "BIN", folder),
            under_attack(folder, conf.format(folder=folder), clamd, tally) as target,
        ):
            yield target


@pytest.fixture(scope="module", params=["", LOOKS_AT_ALL], ids=["no-reply", "looks-at-all"])
def broken(request: pytest.FixtureRequest, tally: Tally) -> Iterator[Target]:
    with broken_filter("session", CONF + request.param, tally) as target:
        yield target


def replies(target: Target, host: bytes, offered: Options) -> tuple[Reply, Reply]:
    """Send a clean message and an infected one in a session that asks for a fault."""
    with CountedClient(target.endpoint, target.tally, offered) as client:
        client.greet(Peer(host=host))
        clean, infected = (client.send_message(one).reply for one in (CLEAN, INFECTED))
        client.quit()
    return clean, infected


@dialect
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("method", SESSION_METHODS)
def test_a_session_that_breaks(broken: Target, method: str, error: str, offered: Options) -> None:
    """The message is deferred, or it is scanned and what is found in it decides."""
    for moment in ("before", "after"):
        found_before, passed_before = broken.clamd.found, broken.clamd.passed
        clean, infected = replies(broken, f"fault.{method}.{error}.{moment}".encode(), offered)
        if method in HARMLESS or (method == "data" and not takes_data(broken, offered)):
            assert isinstance(clean, Accept)
            assert isinstance(infected, ReplyCode)
            assert broken.clamd.passed == passed_before + 1
            assert broken.clamd.found == found_before + 1
        else:
            assert (clean, infected) == (TempFail(), TempFail())


def takes_data(target: Target, offered: Options) -> bool:
    """Whether the MTA knows DATA to be a step, and the filter wants to hear of it."""
    return offered.version >= 4 and "AllowList" in target.running.conf_path.read_text()


def test_beside_it_all_sessions_are_well(broken: Target) -> None:
    clean, infected = replies(broken, b"client.example.org", offer())
    assert isinstance(clean, Accept)
    assert isinstance(infected, ReplyCode)


def test_a_log_that_raises_changes_nothing(tally: Tally) -> None:
    with broken_filter("log", CONF, tally) as target:
        clean, infected = replies(target, b"client.example.org", offer())
        assert isinstance(clean, Accept)
        assert isinstance(infected, ReplyCode)
        what = "LogObserver failed on MessageJudged"
        wait_until(lambda: what in target.running.log, "the report of what the log raised")


def test_if_even_what_guards_the_log_raises_nothing_is_let_through(tally: Tally) -> None:
    with broken_filter("observer", CONF, tally) as target:
        for host in (b"client.example.org", b"\xff"):
            assert replies(target, host, offer()) == (TempFail(), TempFail())
