"""How much memory all messages together may take."""

from __future__ import annotations

from threading import Lock


class MemoryBudget:
    """A number of bytes that many threads draw on. It counts; it allocates nothing.

    Args:
        limit: Bytes that may be out at one time, 0 or more.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._lock = Lock()

    @property
    def used(self) -> int:
        """Bytes taken and not yet given back."""
        return self._used

    def take(self, amount: int) -> bool:
        """Take `amount` bytes if that many are left; say whether they were."""
        with self._lock:
            if self._used + amount > self._limit:
                return False
            self._used += amount
            return True

    def give(self, amount: int) -> None:
        """Give back `amount` bytes that were taken."""
        with self._lock:
            self._used -= amount
