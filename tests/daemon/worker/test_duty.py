"""A worker's main thread, with a libmilter and a master that are the test's."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from clamgate.core.events import Event, Fault
from clamgate.core.settings import Clamd, Listen, Process, Settings, UnixEndpoint
from clamgate.daemon.link import Link
from clamgate.daemon.reports import Load, Order
from clamgate.daemon.signals import SignalQueue
from clamgate.daemon.worker.duty import Duty
from clamgate.daemon.worker.probe import ProbeError
from clamgate.daemon.worker.tally import Tally
from clamgate.mta.inflight import InFlight

LIMITS = Process(drain_timeout=600.0, stop_timeout=30.0)


class Engine:
    """Counts how often it is told to take no more connections."""

    def __init__(self) -> None:
        self.diverted = 0

    def divert(self) -> None:
        self.diverted += 1


class Answers:
    """A probe that answers each question, or whose session has ended."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self.broken = False

    def fileno(self) -> int:
        return self._ours.fileno()

    def ask(self) -> None:
        if self.broken:
            raise ProbeError("libmilter has ended our session")
        self._theirs.send(b"c")

    def answered(self) -> bool:
        return self._ours.recv(1) == b"c"

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()


class Finishing(InFlight):
    """Has a message that ends at the fifth look."""

    looks = 0

    @property
    def awaited(self) -> int:
        self.looks += 1
        return int(self.looks < 5)


@dataclass
class Post:
    """A worker at its duty, and what it has to do with."""

    signals: SignalQueue
    engine: Engine = field(default_factory=Engine)
    probe: Answers = field(default_factory=Answers)
    in_flight: InFlight = field(default_factory=InFlight)
    connections: list[int] = field(default_factory=lambda: [0])
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.master, self.link = Link.pair()
        services: Any = SimpleNamespace(
            in_flight=self.in_flight, observer=SimpleNamespace(observe=self.events.append)
        )
        self.services = services
        engine: Any = self.engine
        probe: Any = self.probe
        counts: Any = SimpleNamespace(count=self._count)
        settings = Settings(Listen(UnixEndpoint("/m")), Clamd(()), LIMITS)
        self.duty = Duty(
            *(settings, services, Tally(), engine, probe, counts, self.signals, self.link),
            load=Load,
            flush=lambda: None,
        )

    def _count(self) -> int:
        """Return the next of `connections`; the last one again and again."""
        return self.connections.pop(0) if len(self.connections) > 1 else self.connections[0]

    def said(self) -> list[dict[str, Any]]:
        messages = []
        while (message := self.master.wait(0)) is not None:
            messages.append(message)
        return messages

    def close(self) -> None:
        self.probe.close()
        self.master.close()
        self.link.close()


@pytest.fixture
def post() -> Iterator[Post]:
    before = signal.getsignal(signal.SIGUSR1)
    with SignalQueue((signal.SIGUSR1,)) as signals:
        post = Post(signals)
        yield post
        post.close()
    signal.signal(signal.SIGUSR1, before)


def test_it_reports_first_and_says_goodbye_last(post: Post) -> None:
    post.master.send({"order": "stop"})
    assert post.duty.run() == 0
    first, acknowledged, last = post.said()
    assert first["report"]["leaving"] is None
    assert acknowledged["report"]["leaving"] == "stop"
    assert last == {"unfinished": 0}
    assert post.engine.diverted == 1


def test_a_drain_waits_for_the_last_connection(post: Post) -> None:
    post.connections = [3, 3, 2, 1, 1, 0]
    post.master.send({"order": "drain"})
    assert post.duty.run() == 0
    assert post.connections == [0]
    assert post.duty.last_actions == LIMITS.stop_timeout


def test_a_master_that_is_gone_is_a_drain(post: Post) -> None:
    post.connections = [2, 1, 0]
    post.master.close()
    assert post.duty.run() == 0
    assert post.connections == [0]
    assert post.engine.diverted == 1


def test_a_stop_waits_for_what_had_begun_and_not_for_connections(post: Post) -> None:
    post.connections = [5]
    post.services.in_flight = finishing = Finishing()
    post.master.send({"order": "stop"})
    assert post.duty.run() == 0
    assert finishing.looks == 5


def test_an_order_to_quit_waits_for_nothing(post: Post) -> None:
    post.connections = [5]
    post.in_flight.enter()
    post.master.send({"order": "quit"})
    assert post.duty.run() == 0
    assert post.said()[-1] == {"unfinished": 1}
    assert post.duty.last_actions == 0.0


def test_a_stricter_order_takes_the_place_of_one_that_waits(post: Post) -> None:
    post.connections = [5]
    post.master.send({"order": "drain"})
    post.master.send({"order": "stop"})
    assert post.duty.run() == 0
    assert post.engine.diverted == 2


def test_the_end_of_libmilter_is_a_failure(post: Post) -> None:
    post.signals.wake()
    assert post.duty.run() == 1


def test_a_session_with_libmilter_that_ends_is_told_and_a_drain(post: Post) -> None:
    post.probe.broken = True
    assert post.duty.run() == 0
    assert post.events == [Fault("worker", "libmilter has ended our session")]
    assert post.said()[-2]["report"]["leaving"] in (None, Order.DRAIN.value)
