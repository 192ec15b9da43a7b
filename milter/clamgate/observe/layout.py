"""How what is to be logged stands in a file, a line each: LogFormat."""

from __future__ import annotations

from collections.abc import Callable

from clamgate.core.settings import LogFormat, Logging
from clamgate.observe.records import Timestamps, notice
from clamgate.observe.sink import Level, file_line

Layout = Callable[[Level, str, float], bytes]
"""Makes a line, its line break included, of a level, a text and the seconds since the epoch."""


def layout_of(logging: Logging) -> Layout:
    """Return the layout that a conf asks for."""
    if logging.format is LogFormat.JSON:
        return json_line
    return stamped if logging.time else plain


def plain(level: Level, text: str, _at: float) -> bytes:
    """Lay a line out as the C clamav-milter does."""
    return file_line(level, text, None)


def stamped(level: Level, text: str, at: float) -> bytes:
    """Lay a line out as the C clamav-milter does with LogTime."""
    return file_line(level, text, at)


def json_line(level: Level, text: str, at: float) -> bytes:
    """Lay a record out; what is none, because a sink speaks of itself, becomes one."""
    return f"{as_record(level, text, at)}\n".encode("utf-8", "replace")


def as_record(level: Level, text: str, at: float) -> str:
    """Return a record as it is, and other text as a record."""
    return text if text.startswith("{") else notice(level, text).to_json("log", Timestamps()(at))
