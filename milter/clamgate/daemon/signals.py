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
        self.close()

    def close(self) -> None:
        """Catch no more."""
        signal.set_wakeup_fd(-1)
        os.close(self._read)
        os.close(self._write)

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._read

    def wake(self) -> None:
        """Put a 0 into the queue. Safe from any thread."""
        os.write(self._write, b"\0")

    def take(self) -> list[int]:
        """Return the numbers of the signals that came, in order, and 0 for each `wake`."""
        try:
            return list(os.read(self._read, 4096))
        except BlockingIOError:
            return []

    def wait(self, timeout: float) -> list[int]:
        """Do the same, after waiting for the first of them for at most `timeout` seconds."""
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        poll.poll(timeout * 1000)
        return self.take()


def _noted_by_wakeup(_number: int, _frame: FrameType | None) -> None:
    """Let the interpreter write the number to the wake-up descriptor; that is all we need."""
