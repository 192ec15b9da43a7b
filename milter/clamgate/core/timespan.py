"""Spans of time for people."""

from __future__ import annotations


def seconds_in_words(seconds: float) -> str:
    """Return a span of time for people, to the unit that matters."""
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
