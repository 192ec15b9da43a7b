"""Figures of some messages, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_BLOCKS = " ▁▂▃▄▅▆▇█"
_ASCII_BLOCKS = " .:|#"
_WHOLE = 1000


@dataclass(frozen=True, slots=True)
class Latency:
    """How long something took, in milliseconds."""

    median: float
    p95: float
    p99: float
    most: float


def latency(milliseconds: Sequence[float]) -> Latency | None:
    """Return how long it took (nearest rank); None if nothing did."""
    if not milliseconds:
        return None
    ordered = sorted(milliseconds)
    return Latency(*(percentile(ordered, share) for share in (0.5, 0.95, 0.99, 1.0)))


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the value that so great a share of some ordered ones does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def chart(counts: Sequence[int], height: int, *, ascii_only: bool) -> list[str]:
    """Draw a column for each count, in so many lines; the largest one reaches the top."""
    blocks = _ASCII_BLOCKS if ascii_only else _BLOCKS
    steps = len(blocks) - 1
    most = max(counts, default=0)
    # Something is never shown as nothing.
    levels = [math.ceil(count * height * steps / most) if count else 0 for count in counts]
    return [
        "".join(blocks[min(steps, max(0, level - below * steps))] for level in levels)
        for below in range(height - 1, -1, -1)
    ]


def milliseconds(value: float | None) -> str:
    """Return a time, to a tenth where that may matter."""
    if value is None:
        return "-"
    return f"{value:.1f}" if value < _WHOLE else f"{value:.0f}"


def age(seconds: float | None) -> str:
    """Return an age in its largest unit."""
    if seconds is None:
        return "-"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:.0f}{unit}"
    return f"{max(0.0, seconds):.0f}s"
