"""What a worker's main thread does while libmilter's threads serve."""

from __future__ import annotations

import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from clamgate.core.events import Fault
from clamgate.core.settings import Settings
from clamgate.daemon.link import Link, LinkClosedError
from clamgate.daemon.reports import Load, Order, Report
from clamgate.daemon.signals import SignalQueue
from clamgate.daemon.worker.connections import Connections
from clamgate.daemon.worker.leaving import Leaving
from clamgate.daemon.worker.libmilter import LibMilter
from clamgate.daemon.worker.probe import Probe, ProbeError
from clamgate.daemon.worker.tally import Tally
from clamgate.mta.session import Services

_BEAT = 2.0
"""Seconds between two reports."""
_FIRST_BEAT = 0.5
"""Seconds to the first one after that by which we serve: which clamds are up is known by then."""
_LOOK = 0.05
"""Seconds between two looks at what is still to be waited for, when leaving."""
_LAST_REPLY = 0.25
"""Seconds: libmilter writes a message's last reply after our last callback has returned."""
_LAST_ACTIONS = 5.0
"""Seconds that programs of VirusAction get to finish when the filter stops."""


@dataclass(slots=True, eq=False)
class Duty:
    """Reports to the master, takes its orders, and leaves in good time.

    Attributes:
        settings: DrainTimeout and StopTimeout.
        services: What all sessions share.
        tally: What is counted.
        engine: libmilter, which serves.
        probe: A session with it, negotiated.
        connections: Counts those of MTAs.
        signals: Must catch SIGTERM; libmilter's end puts a 0 into it.
        link: To the master.
        load: Says what is in hand.
        flush: Passes on what observers have gathered since its last call.
    """

    settings: Settings
    services: Services
    tally: Tally
    engine: LibMilter
    probe: Probe
    connections: Connections
    signals: SignalQueue
    link: Link
    load: Callable[[], Load]
    flush: Callable[[], None]
    _leaving: Leaving = field(init=False)
    _poll: select.poll = field(init=False, default_factory=select.poll)
    _failed: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        process = self.settings.process
        self._leaving = Leaving(process.drain_timeout, process.stop_timeout)
        for source in (self.signals, self.link, self.probe):
            self._poll.register(source, select.POLLIN)

    @property
    def last_actions(self) -> float:
        """Seconds that programs of VirusAction get: many if nobody waits for us."""
        match self._leaving.order:
            case Order.QUIT:
                return 0.0
            case Order.DRAIN:
                return max(_LAST_ACTIONS, self.settings.process.stop_timeout)
            case _:
                return _LAST_ACTIONS

    def run(self) -> int:
        """Serve until it is time to leave, and return the exit status."""
        self._report()
        beat = time.monotonic() + _FIRST_BEAT
        while not self._failed and not self._may_leave(time.monotonic()):
            pause = beat - time.monotonic() if self._leaving.order is None else _LOOK
            ready = {descriptor for descriptor, _ in self._poll.poll(max(0.0, pause) * 1000)}
            self._take_signals()
            if self.link.fileno() in ready:
                self._take_orders()
            try:
                if self.probe.fileno() in ready and self.probe.answered():
                    self._report()
                if time.monotonic() >= beat:
                    beat = time.monotonic() + _BEAT
                    self.probe.ask()
            except ProbeError as error:
                self._poll.unregister(self.probe)
                self._give_up(str(error))
        self._say_goodbye()
        return int(self._failed)

    def _take_signals(self) -> None:
        """Drain at SIGTERM. A 0 says that libmilter's loop has ended: nothing is served then.

        A signal that comes in the instant in which libmilter's signal thread is just starting may
        be taken by that one; libmilter then ends its loop by itself, within 5 s.
        """
        for number in self.signals.take():
            if number == signal.SIGTERM:
                self._leave(Order.DRAIN)
            elif number == 0:
                self._failed = True

    def _take_orders(self) -> None:
        try:
            while (message := self.link.receive()) is not None:
                self._leave(Order(message["order"]))
                self._report()
        except LinkClosedError:
            self._poll.unregister(self.link)
            self._leave(Order.DRAIN)

    def _leave(self, order: Order) -> None:
        if self._leaving.tell(order, time.monotonic()):
            self.engine.divert()
            if order is not Order.DRAIN:
                self.services.in_flight.close_list()

    def _give_up(self, reason: str) -> None:
        """Leave because libmilter is not as it should be; the master starts another."""
        self.services.observer.observe(Fault("worker", reason))
        self._leave(Order.DRAIN)

    def _may_leave(self, now: float) -> bool:
        if self._leaving.order is Order.DRAIN and self._leaving.overdue(now):
            self._leave(Order.STOP)
        return self._leaving.may_leave(self.connections.count, self.services.in_flight.awaited, now)

    def _report(self) -> None:
        self.flush()
        report = Report(
            connections=self.connections.count(),
            in_flight=self.services.in_flight.count,
            messages=self.tally.messages,
            leaving=self._leaving.order,
            clamds=self.tally.clamds,
            load=self.load(),
        )
        self.link.send({"report": report.to_json()})

    def _say_goodbye(self) -> None:
        if self._leaving.order in (Order.DRAIN, Order.STOP):
            time.sleep(_LAST_REPLY)
        self.flush()
        self.link.send({"unfinished": self.services.in_flight.count})
