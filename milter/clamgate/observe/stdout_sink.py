"""Lines for whoever started the filter in the foreground: a terminal, a supervisor, a container."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import BinaryIO

from clamgate.observe.layout import Layout, plain
from clamgate.observe.sink import Level, Said

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
        self.write_all([(level, text)])

    def write_all(self, said: Sequence[Said]) -> None:
        """Print lines, those that go the same way in one piece."""
        with self._lock:
            for to_err, group in groupby(said, lambda one: one[0] in _TO_STDERR):
                at = self._clock()
                self._print(
                    self._err if to_err else self._out,
                    [self._layout(level, text, at) for level, text in group],
                )

    def _print(self, stream: BinaryIO, lines: list[bytes]) -> None:
        try:
            stream.write(b"".join(lines))
            stream.flush()
        except (OSError, ValueError):  # ValueError: the stream was closed
            self.lost += len(lines)

    def reopen(self) -> None:
        """Do nothing: the streams belong to whoever started us."""

    def close(self) -> None:
        """Do nothing, for the same reason."""
