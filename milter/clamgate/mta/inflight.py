"""How many transactions are open in this process: what a stop waits for."""

from __future__ import annotations

import threading


class InFlight:
    """A counter. Safe for threads.

    A stop waits for the messages that had begun when it was asked for, not for those that an MTA
    begins meanwhile on a connection that is still open: there may always be one more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listed = 0
        self._unlisted = 0
        self._list_is_open = True

    @property
    def count(self) -> int:
        """Transactions open now."""
        return self._listed + self._unlisted

    @property
    def awaited(self) -> int:
        """Those of them that began before `close_list`."""
        return self._listed

    def enter(self) -> bool:
        """Count one more, and return what `leave` is to be given for it."""
        with self._lock:
            if self._list_is_open:
                self._listed += 1
            else:
                self._unlisted += 1
            return self._list_is_open

    def leave(self, ticket: bool) -> None:  # noqa: FBT001  what `enter` gave
        """Count one less."""
        with self._lock:
            if ticket:
                self._listed -= 1
            else:
                self._unlisted -= 1

    def close_list(self) -> None:
        """Await no transaction that begins from now on."""
        with self._lock:
            self._list_is_open = False
