"""Mail from 8 connections at once, while the filter is reloaded, loses workers, and is stopped.

A test's load lasts CLAMGATE_LOAD_SECONDS (4 by default); `pytest --log-cli-level=INFO` shows what
came of it.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Self

import pytest
from tests.processes import connections_by, status_of, titled
from tests.running_filter import RunningFilter
from tests.waiting import let_time_pass, wait_until

from clamgate.harness.client import MilterClient, Outcome, judge
from clamgate.harness.link import FilterGoneError
from clamgate.harness.mail import Message, Peer
from clamgate.harness.private_clamd import EICAR, PrivateClamd, installed
from clamgate.harness.wire import Accept, AddHeader, InsertHeader, Reject, Reply

pytestmark = pytest.mark.skipif(not installed(), reason="clamd is not installed")

FIGURES = logging.getLogger(__name__)
SECONDS = float(os.environ.get("CLAMGATE_LOAD_SECONDS", "4"))
PERIOD = 1.0 if SECONDS < 10 else 2.0
"""Seconds from one reload, or one killed worker, to the next."""
CONNECTIONS = 8
PER_SESSION = 6

CLEAN = Message.from_eml(b"Subject: hello\n\n" + b"All is well.\n" * 200)
INFECTED = Message.from_eml(b"Subject: hello\n\n" + EICAR + b"\n")
MAIL: tuple[tuple[Message, type[Reply]], ...] = ((CLEAN, Accept), (INFECTED, Reject))


@dataclass
class Tally:
    """What came of the messages of one connection after the other.

    Attributes:
        right: Messages with the verdict that is theirs.
        wrong: Outcomes that are another one.
        broken: Sessions that were cut off.
        longest: Seconds that the slowest message took.
    """

    right: int = 0
    wrong: list[Outcome] = field(default_factory=list)
    broken: int = 0
    longest: float = 0.0

    def add(self, other: Tally) -> None:
        self.right += other.right
        self.wrong += other.wrong
        self.broken += other.broken
        self.longest = max(self.longest, other.longest)


class Load:
    """Sessions of a few messages each, from so many connections at a time, inside the block."""

    def __init__(self, endpoint: str | tuple[str, int]) -> None:
        self.tally = Tally()
        self._endpoint = endpoint
        self._over = Event()
        self._pool = ThreadPoolExecutor(CONNECTIONS)
        self._runs: list[Future[Tally]] = []

    def __enter__(self) -> Self:
        self._runs = [self._pool.submit(self._send) for _ in range(CONNECTIONS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        wait(self._runs)
        self._pool.shutdown()
        for run in self._runs:
            self.tally.add(run.result())
        FIGURES.info(
            "%d messages right, %d wrong, %d sessions broken off; the slowest took %.2f s",
            self.tally.right,
            len(self.tally.wrong),
            self.tally.broken,
            self.tally.longest,
        )

    def _send(self) -> Tally:
        tally = Tally()
        mail = itertools.cycle(MAIL)
        while not self._over.is_set():
            try:
                self._run_session(tally, itertools.islice(mail, PER_SESSION))
            except FilterGoneError:
                tally.broken += 1
        return tally

    def _run_session(self, tally: Tally, mail: Iterator[tuple[Message, type[Reply]]]) -> None:
        with MilterClient(self._endpoint) as client:
            client.greet(Peer())
            for message, verdict in mail:
                began = time.monotonic()
                outcome = client.send_message(message)
                tally.longest = max(tally.longest, time.monotonic() - began)
                if isinstance(outcome.reply, verdict):
                    tally.right += 1
                else:
                    tally.wrong.append(outcome)
            client.quit()


class Served:
    """The filter before a clamd of its own, with a conf that says which one it is."""

    def __init__(self, folder: Path, clamd: PrivateClamd, *, tcp: bool = False) -> None:
        self._conf = (
            f"ClamdSocket unix:{clamd.socket_path}\nOnInfected Reject\nAddHeader Add\nWorkers 2\n"
        )
        self.running = RunningFilter(folder, self._conf, tcp=tcp)
        self._head = self.running.conf_path.read_text()
        self.name("conf-0")

    @property
    def endpoint(self) -> str | tuple[str, int]:
        return self.running.address

    def name(self, host: str) -> None:
        """Have the conf say another host name, which a clean message's header field shows."""
        self._write(f"ReportHostname {host}\n")

    def vary(self, number: int) -> None:
        """Have the conf ask for another clerk and another expirer."""
        quarantine = self.running.conf_path.with_name("quarantine")
        self._write(
            f"LogTime {'yes' if number % 2 else 'no'}\n"
            f"QuarantineDirectory {quarantine}\nQuarantineMaxSize {number}M\n"
        )

    def _write(self, lines: str) -> None:
        """Change the conf in one step: a reload that is late may just be reading it."""
        half = self.running.conf_path.with_suffix(".half")
        half.write_text(self._head + lines)
        half.rename(self.running.conf_path)

    def spoil(self) -> int:
        """Make a mistake in the conf, and return its line."""
        text = f"{self._head}ReportHostname spoilt\nMaxFileSize plenty\n"
        self.running.conf_path.write_text(text)
        return text.count("\n")

    @property
    def host(self) -> str:
        """The host name of the conf that a new session is served with."""
        edits = judge(self.endpoint, CLEAN).edits
        added = [edit for edit in edits if isinstance(edit, AddHeader | InsertHeader)]
        (value,) = [edit.value for edit in added if edit.name == b"X-Virus-Scanned"]
        return value.decode().rsplit(" ", 1)[-1]


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    with PrivateClamd(folder / "c") as clamd:
        served = Served(folder, clamd)
        with served.running:
            yield served


@pytest.fixture(params=["unix", "tcp"])
def served_over(request: pytest.FixtureRequest, folder: Path) -> Iterator[Served]:
    """Over a unix socket and over TCP: libmilter is told of their ends in different ways."""
    with PrivateClamd(folder / "c") as clamd:
        served = Served(folder, clamd, tcp=request.param == "tcp")
        with served.running:
            yield served


def times() -> Iterator[int]:
    """Count from 1 for as long as the load is to last, one number a period."""
    for number in range(1, max(2, int(SECONDS / PERIOD)) + 1):
        let_time_pass(PERIOD)
        yield number


def test_reloads_cost_no_mail(served_over: Served) -> None:
    wanted = ""
    with Load(served_over.endpoint) as load:
        for number in times():
            wanted = f"conf-{number}"
            served_over.name(wanted)
            served_over.running.signal(signal.SIGHUP)
        wait_until(lambda: served_over.host == wanted, "the last conf")
    assert load.tally.wrong == []
    assert load.tally.broken == 0
    assert load.tally.right >= CONNECTIONS * PER_SESSION
    wait_until(lambda: len(served_over.running.workers) == 2, "the end of all old workers")
    assert served_over.host == wanted
    log = served_over.running.wait_for_log("Reloaded: the conf is in force")
    FIGURES.info("%d reloads", log.count("Reloaded: the conf is in force"))
    assert "WARNING" not in log
    assert "ERROR" not in log


def test_a_killed_worker_costs_its_own_sessions_only(served: Served) -> None:
    chance = random.Random(1)  # noqa: S311  nothing is secret here
    held = killed = 0
    with Load(served.endpoint) as load:
        for _ in times():
            wait_until(lambda: len(served.running.workers) == 2, "another worker")
            victim = chance.choice(served.running.workers)
            os.kill(victim, signal.SIGSTOP)  # so that what it holds can be counted
            wait_until(lambda: status_of(victim, "State")[0] == "T", "its stop")  # noqa: B023
            held += connections_by(victim)
            os.kill(victim, signal.SIGKILL)
            killed += 1
    FIGURES.info("%d workers killed, that held %d connections", killed, held)
    assert load.tally.wrong == []
    assert load.tally.broken <= held
    assert load.tally.right >= CONNECTIONS * PER_SESSION
    wait_until(lambda: len(served.running.workers) == 2, "another worker for each")
    told = "was ended by SIGKILL: its sessions are broken off"
    wait_until(lambda: served.running.log.count(told) == killed, "a line for each")
    assert "Traceback" not in served.running.log
    assert served.host == "conf-0"


def test_who_writes_the_log_or_keeps_the_quarantine_may_die_and_costs_no_mail(
    served: Served,
) -> None:
    chance = random.Random(1)  # noqa: S311  nothing is secret here
    killed = 0
    with Load(served.endpoint) as load:
        for number in times():
            served.vary(number)
            served.running.signal(signal.SIGHUP)
            clerks = titled(served.running.pid, "clamgate: clerk")
            expirers = titled(served.running.pid, "clamgate: expirer")
            with contextlib.suppress(IndexError, ProcessLookupError):  # one may just be replaced
                os.kill(chance.choice(clerks + expirers), signal.SIGKILL)
                killed += 1
    FIGURES.info("%d clerks and expirers killed", killed)
    assert killed
    assert load.tally.wrong == []
    assert load.tally.broken == 0
    served.name("conf-1")
    served.running.signal(signal.SIGHUP)
    wait_until(lambda: served.host == "conf-1", "the last conf")
    assert "Traceback" not in served.running.log


def test_a_stop_lets_20_half_sent_messages_finish(served_over: Served) -> None:
    clients = [MilterClient(served_over.endpoint) for _ in range(20)]
    mail = [*MAIL] * 10
    for client, (message, _) in zip(clients, mail, strict=True):
        client.greet(Peer())
        client.mail(message.sender)
        client.rcpt(message.recipients[0])
        client.data()
        for name, value in message.fields:
            client.header(name, value)
        client.eoh()
        client.body(message.body[: len(message.body) // 2])
    served_over.running.signal(signal.SIGTERM)
    served_over.running.wait_for_log("Stopping; messages still in flight")
    replies = []
    for client, (message, _) in zip(clients, mail, strict=True):
        client.body(message.body[len(message.body) // 2 :])
        replies.append(type(client.eom().reply))
        client.link.close()
    assert replies == [verdict for _, verdict in mail]
    assert served_over.running.wait() == 0
    assert not served_over.running.socket_path.exists()
    with pytest.raises(FilterGoneError):
        MilterClient(served_over.endpoint)
    assert "cut off" not in served_over.running.log
    assert "WARNING" not in served_over.running.log


def test_a_broken_conf_is_refused_and_the_old_one_serves_on(served: Served) -> None:
    with Load(served.endpoint) as load:
        line = served.spoil()
        served.running.signal(signal.SIGHUP)
        log = served.running.wait_for_log("Not reloaded: the conf that was in force stays")
        assert f"{served.running.conf_path}:{line}: " in log
        before = served.running.workers
        let_time_pass(PERIOD)
        assert served.host == "conf-0"
    assert load.tally.wrong == []
    assert load.tally.broken == 0
    assert load.tally.right > 0
    assert served.running.workers == before
