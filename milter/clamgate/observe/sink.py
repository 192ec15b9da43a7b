"""Where log lines end up: what every sink can do, and what a line looks like in a file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from enum import Enum
from typing import Protocol


class Level(Enum):
    """How much a line matters. DEBUG lines are written only with LogVerbose."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    DEBUG = "debug"


Said = tuple[Level, str]
"""A line: how much it matters, and text that is printable and has no line break."""


class Sink(Protocol):
    """Takes log lines, from any thread. None of its methods raises OSError: mail goes on."""

    def write(self, level: Level, text: str) -> None:
        """Write one line."""

    def write_all(self, said: Sequence[Said]) -> None:
        """Write lines, in their order."""

    def reopen(self) -> None:
        """Let go of what was open and open it anew (SIGHUP: logrotate has moved the file)."""

    def close(self) -> None:
        """End it. Lines that come later are lost."""


_PREFIXES = {Level.ERROR: "ERROR: ", Level.WARNING: "WARNING: "}


def file_line(level: Level, text: str, at: float | None) -> bytes:
    """Return a line as the C clamav-milter writes it to LogFile, its line break included.

    Args:
        level: ERROR and WARNING are named in the line.
        text: What to say.
        at: Seconds since the epoch, put before it as local time (LogTime); None for no time.
    """
    stamp = "" if at is None else f"{date(at)} -> "
    return f"{stamp}{_PREFIXES.get(level, '')}{text}\n".encode("utf-8", "replace")


def date(at: float) -> str:
    """Return a local time as ctime(3) writes it: ``Tue Nov 24 03:08:32 2026``."""
    return time.asctime(time.localtime(at))
