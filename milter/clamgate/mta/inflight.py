"""How many transactions are open in this process: what a stop waits for."""

from __future__ import annotations

import threading


class InFlight:
    """A counter that can be waited on. Safe for threads."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    @property
    def count(self) -> int:
        """Transactions open now."""
        return self._count

    def enter(self) -> None:
        """Count one more."""
        with self._changed:
            self._count += 1

    def leave(self) -> None:
        """Count one less, and wake who waits if it was the last."""
        with self._changed:
            self._count -= 1
            if self._count == 0:
                self._changed.notify_all()

    def wait_idle(self, timeout: float) -> bool:
        """Wait until none is open, for at most `timeout` seconds; say whether that came true."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, timeout)
