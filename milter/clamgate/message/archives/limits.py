"""How far a look into a message's archives may go, and what it has used of that."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from clamgate.core.settings import MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for all archives of one message.

    Attributes:
        entries: Files in them.
        depth: Archives within archives.
        unpacked: Bytes that are unpacked to look at what is in archives that are in others.
        seconds: Time for all of it.
    """

    entries: int = 20_000
    depth: int = 8
    unpacked: int = 64 * MIB
    seconds: float = 5.0


_STEPS = 10
"""Headers for each file that is allowed."""
_SELDOM = 1000
"""Headers between two looks at the clock."""


class UnlistedError(Exception):
    """Not all of an archive could be listed; the text says why, for people."""


class LockedError(UnlistedError):
    """Not all of an archive could be listed for want of the password."""


class OutOfBoundsError(UnlistedError):
    """A bound for the whole message was reached: nothing more is looked at."""


class Meter:
    """Counts what is used, and raises when it is too much.

    Args:
        limits: The bounds.
        clock: Monotonic seconds.
    """

    def __init__(
        self, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits or Limits()
        self._clock = clock
        self._entries_left = self._limits.entries
        self._bytes_left = self._limits.unpacked
        self._steps_left = _STEPS * self._limits.entries
        self._seconds_left = self._limits.seconds
        self._until = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of the block; what is done between two of them takes none."""
        began = self._clock()
        self._until = began + self._seconds_left
        try:
            yield
        finally:
            self._seconds_left -= self._clock() - began

    def archive(self, depth: int) -> None:
        """Begin with an archive that is in `depth` others.

        Raises:
            OutOfBoundsError: It is too deep, or it takes too long.
        """
        if depth > self._limits.depth:
            raise OutOfBoundsError(f"archives more than {self._limits.depth} deep")
        self._check_time()

    def entry(self) -> None:
        """Count a file in an archive.

        Raises:
            OutOfBoundsError: There are too many, or it takes too long.
        """
        self._entries_left -= 1
        if self._entries_left < 0:
            raise OutOfBoundsError(f"more than {self._limits.entries} files in archives")
        self._check_time()

    def step(self) -> None:
        """Count a header that is read and names no file.

        Raises:
            OutOfBoundsError: There are too many, or it takes too long.
        """
        self._steps_left -= 1
        if self._steps_left < 0:
            raise OutOfBoundsError("archives with more headers than files")
        if not self._steps_left % _SELDOM:
            self._check_time()

    @property
    def room(self) -> int:
        """How many bytes may still be unpacked."""
        return self._bytes_left

    def unpacked(self, size: int) -> None:
        """Count bytes that were unpacked.

        Raises:
            OutOfBoundsError: They are too many, or it takes too long.
        """
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise OutOfBoundsError(f"archives of over {self._limits.unpacked // MIB} MiB unpacked")
        self._check_time()

    def _check_time(self) -> None:
        if self._clock() > self._until:
            raise OutOfBoundsError(f"archives that take longer than {self._limits.seconds:g} s")
