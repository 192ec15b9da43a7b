"""Signals as things to wait for. Handlers do nothing but wake the main thread."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Self


class SignalQueue:
    """Catches signals from now on and gives them out one by one. For the main thread only."""

    def __init__(self, signals: Iterable[signal.Signals]) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._pending: list[int] = []
        self._signals = tuple(signals)

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in self._signals:
            signal.signal(number, _noted_by_wakeup)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        signal.set_wakeup_fd(-1)
        os.close(self._read)
        os.close(self._write)

    def wake(self) -> None:
        """Make `wait` return 0. Safe from any thread."""
        os.write(self._write, b"\0")

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the next signal's number, 0 after `wake`, None after `timeout` seconds."""
        if not self._pending:
            poll = select.poll()
            poll.register(self._read, select.POLLIN)
            if not poll.poll(None if timeout is None else timeout * 1000):
                return None
            self._pending.extend(os.read(self._read, 4096))
        return self._pending.pop(0)


def _noted_by_wakeup(_number: int, _frame: FrameType | None) -> None:
    """Let the interpreter write the number to the wake-up descriptor; that is all we need."""
