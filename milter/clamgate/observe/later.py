"""Observers that are told of mail a little later, of many at a time, in a thread of their own.

So an event costs the mail it is about a place in a list. What observers make of it costs less too:
code and data of one event after the other are at hand, and what all make is sent in one piece.

What is not about mail, as that a clamd is down, is told at once: several workers see that, and it
is said once if they say it in its order.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from operator import length_hint
from typing import Protocol

from clamgate.core.events import (
    MESSAGE_EVENTS,
    ConnectionExempt,
    Event,
    Happened,
)
from clamgate.observe.fanout import Failures

_SOON = 0.2
"""Seconds that an event may wait for others."""
_MANY = 128
"""Events that do not wait for others any more."""
_MOST = 1024
"""Events that may wait. Whoever brings more does the work itself: none is lost."""


_OF_MAIL = (*MESSAGE_EVENTS, ConnectionExempt)


class Chronicler(Protocol):
    """An observer that is told of many events at a time, from one thread at a time."""

    def note(self, events: Iterable[Happened]) -> None:
        """Take note of all these events, which are in their order."""


class Later:
    """An observer that hands every event to others, soon or at once. Safe for threads.

    Args:
        observers: Who is told. What they raise costs them the event that they had come to, and
            harms nobody else (`clamgate.observe.fanout.Failures`).
        settle: Called when all of them have been told of what there was; it must not raise.
        last_resort: Takes the text of a report of what one of them raised, from any thread.
        ignores: Says which events none of them has a use for; None if there are none.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        observers: Iterable[Chronicler],
        settle: Callable[[], object],
        last_resort: Callable[[str], None],
        *,
        ignores: Callable[[Event], bool] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._told = tuple((one, Failures(one, last_resort, time.monotonic)) for one in observers)
        self._settle = settle
        self._ignores = ignores
        self._clock = clock
        self._events: deque[Happened] = deque()
        self._telling = threading.Lock()
        self._some = threading.Event()
        self._enough = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="observers", daemon=True)

    def start(self) -> None:
        """Begin to tell; without it, somebody must call `catch_up`."""
        self._thread.start()

    def observe(self, event: Event) -> None:
        """Take note of an event."""
        if self._ignores is not None and self._ignores(event):
            return
        self._events.append((event, self._clock()))
        if not isinstance(event, _OF_MAIL) or len(self._events) >= _MOST:
            self.catch_up()
        elif not self._some.is_set():
            self._some.set()
        elif len(self._events) >= _MANY and not self._enough.is_set():
            self._enough.set()

    def catch_up(self) -> None:
        """Tell of all that has happened by now."""
        with self._telling:
            events = [self._events.popleft() for _ in range(len(self._events))]
            for observer, failures in self._told:  # one after the other: its code stays at hand
                _tell(observer, events, failures)
            self._settle()

    def close(self, timeout: float) -> None:
        """Tell of the last events, within `timeout` seconds. What comes after that is lost."""
        self._closing = True
        self._some.set()
        self._enough.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        self.catch_up()

    def _run(self) -> None:
        while not self._closing:
            self._some.wait()
            self._enough.wait(_SOON)
            # What is in the list by now is seen to; what comes later calls anew.
            self._some.clear()
            self._enough.clear()
            self.catch_up()


def _tell(observer: Chronicler, events: list[Happened], failures: Failures) -> None:
    """Tell an observer of all events, but of none twice, whatever it raises."""
    rest: Iterator[Happened] = iter(events)
    while left := length_hint(rest):
        try:
            observer.note(rest)
        except Exception as error:  # noqa: BLE001  it must not change what becomes of mail
            if length_hint(rest) == left:  # it did not even take the first one
                next(rest)
            failures.note(events[-1 - length_hint(rest)][0], error)
        else:
            return
