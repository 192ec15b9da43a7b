"""How long a caller waits, and the sign of life it gives meanwhile."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from clamgate.clamd.errors import OverdueError

Clock = Callable[[], float]

KEEPALIVE_INTERVAL = 5.0
"""Seconds between two calls of a keepalive: well inside the MTA's 30 s for a reply."""


class Heartbeat:
    """Calls a function every `interval` seconds, when it is asked often enough.

    Attributes:
        clock: Seconds that only go forward.
        due: When the next call is due, by that clock.
    """

    def __init__(
        self,
        keepalive: Callable[[], None],
        clock: Clock = time.monotonic,
        interval: float = KEEPALIVE_INTERVAL,
    ) -> None:
        self.clock = clock
        self._keepalive = keepalive
        self._interval = interval
        self.due = clock() + interval

    def beat(self) -> None:
        """Make the call if it is due. What it raises is passed on."""
        if self.clock() >= self.due:
            self._keepalive()
            self.due = self.clock() + self._interval


class Patience:
    """A deadline and a heartbeat: what everything that may block is given.

    Whoever blocks does so for at most `pause()` seconds at a time, and calls `wake()` in between.
    """

    def __init__(self, heartbeat: Heartbeat, seconds: float = 0) -> None:
        """Wait `seconds` from now; 0 is for ever."""
        self._heartbeat = heartbeat
        self._end = heartbeat.clock() + seconds if seconds else math.inf

    def within(self, seconds: float) -> Patience:
        """Return the same with an end at most `seconds` from now; 0 leaves it as it is."""
        narrower = Patience(self._heartbeat, seconds)
        narrower._end = min(narrower._end, self._end)
        return narrower

    @property
    def remaining(self) -> float:
        """Seconds left, 0 or more."""
        return max(0.0, self._end - self._heartbeat.clock())

    @property
    def expired(self) -> bool:
        """Whether the time is over."""
        return self.remaining <= 0

    def pause(self) -> float:
        """Return for how many seconds to block before `wake` is to be called; may be 0."""
        return max(0.0, min(self._heartbeat.due, self._end) - self._heartbeat.clock())

    def wake(self) -> None:
        """Give a sign of life if one is due.

        Raises:
            OverdueError: The time is over.
        """
        self._heartbeat.beat()
        if self.expired:
            raise OverdueError("no answer in time")
