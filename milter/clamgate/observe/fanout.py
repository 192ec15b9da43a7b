"""One observer that stands for several, and keeps what goes wrong in them from the mail path."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable

from clamgate.core.events import Event, Observer
from clamgate.observe.seldom import Seldom


class Fanout:
    """Hands every event to every observer, in their order. It never raises.

    Args:
        observers: Who is told.
        last_resort: Takes the text of a report, from any thread.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        observers: Iterable[Observer],
        last_resort: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._told = tuple((one.observe, Failures(one, last_resort, clock)) for one in observers)

    @property
    def failures(self) -> tuple[int, ...]:
        """How often each observer raised, in the order in which they were given."""
        return tuple(failures.count for _, failures in self._told)

    def observe(self, event: Event) -> None:
        """Tell all of them."""
        for observe, failures in self._told:
            try:
                observe(event)
            except Exception as error:  # noqa: BLE001  it must not change what becomes of mail
                failures.note(event, error)


class Failures:
    """What one observer raised.

    It is counted, and reported: the first time, then at most once an hour. That goes to the last
    resort and not to the observers, which may be what is broken.

    Args:
        observer: Whose failures these are.
        last_resort: Takes the text of a report, from any thread.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        observer: object,
        last_resort: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self.count = 0
        self._observer = observer
        self._reports = Seldom(last_resort, clock)
        self._lock = threading.Lock()

    def note(self, event: Event, error: Exception) -> None:
        """Take note of what it raised on an event."""
        with self._lock:
            self.count += 1
        # Beyond the last resort nobody is left to tell; the count remains.
        with contextlib.suppress(Exception):
            self._reports.say(
                f"{type(self._observer).__name__} failed on {type(event).__name__}: "
                f"{type(error).__name__}: {error}"
            )
