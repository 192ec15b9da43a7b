"""What takes much memory is done for one message at a time, and no MTA waits in vain."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK = 2.0
"""Seconds between two signs of life while it is another message's turn."""


class Turns:
    """Lets one have its turn at a time. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, keepalive: Callable[[], None]) -> Iterator[None]:
        """Wait for one's turn, and have it inside the block.

        Args:
            keepalive: Called every few seconds meanwhile; what it raises ends the wait.
        """
        while not self._lock.acquire(timeout=_LOOK):
            keepalive()
        try:
            yield
        finally:
            self._lock.release()
