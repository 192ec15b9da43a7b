"""The buckets of our histograms, and figures sorted into them."""

from __future__ import annotations

from bisect import bisect_left

BUCKETS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
    120.0, 240.0,
)  # fmt: skip
"""Upper bounds, in seconds: from what clamd remembers as clean up to ScanDeadline."""


class Sorted:
    """How many figures fell into each bucket, the last being for what is beyond, and their sum."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Sort one in."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds
