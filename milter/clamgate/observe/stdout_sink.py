"""Lines for whoever started the filter in the foreground: a terminal, a supervisor, a container."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

from clamgate.observe.layout import Layout, plain
from clamgate.observe.sink import Level

_TO_STDERR = (Level.ERROR, Level.WARNING)


class StdoutSink:
    """Prints lines: errors and warnings on stderr, the rest on stdout, as the C program does.

    Args:
        layout: How a line is laid out.
        out, err: Where to, instead of the process's own.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        *,
        layout: Layout = plain,
        out: BinaryIO | None = None,
        err: BinaryIO | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lost = 0
        self._layout = layout
        self._out = out or sys.stdout.buffer
        self._err = err or sys.stderr.buffer
        self._clock = clock
        self._lock = threading.Lock()

    def write(self, level: Level, text: str) -> None:
        """Print a line. One that cannot be printed (nobody reads the pipe any more) is counted."""
        stream = self._err if level in _TO_STDERR else self._out
        line = self._layout(level, text, self._clock())
        with self._lock:
            try:
                stream.write(line)
                stream.flush()
            except (OSError, ValueError):  # ValueError: the stream was closed
                self.lost += 1

    def reopen(self) -> None:
        """Do nothing: the streams belong to whoever started us."""

    def close(self) -> None:
        """Do nothing, for the same reason."""
