"""How a command is ended from outside: by ctrl-c, or by SIGTERM as by that."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Raises KeyboardInterrupt in the main thread on SIGINT and SIGTERM, but not just anywhere."""

    def __init__(self) -> None:
        self._is_held = False
        self._came = False

    def watch(self) -> None:
        """Begin, in the main thread. It is not undone: it is for commands, which end then."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._take)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let what is done in here be done whole; only a second signal does not wait for its end.

        Raises:
            KeyboardInterrupt: One came meanwhile.
        """
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._came:
            raise KeyboardInterrupt

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_held and not self._came:
            self._came = True
        else:
            raise KeyboardInterrupt


def end_on_sigterm() -> None:
    """End on SIGTERM as on ctrl-c, so that what was started is taken down."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
