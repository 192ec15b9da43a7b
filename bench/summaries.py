"""Numbers from many rounds made into few. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_NINE_OF_TEN = 1.645
"""Standard deviations to either side of the mean within which nine of ten figures lie."""


@dataclass(frozen=True, slots=True)
class Round:
    """One contestant's share of one round.

    Attributes:
        rate: Messages a second.
        latencies: Seconds of each message.
        cpu: Processor seconds of the filter for one message; 0 for bare clamd.
        clamd_cpu: Processor seconds of clamd for one message.
        peak: Bytes of memory of the filter at most; 0 for bare clamd.
        load_cpu: Processor seconds that the load took for one message.
    """

    rate: float
    latencies: Sequence[float]
    cpu: float
    clamd_cpu: float
    peak: int
    load_cpu: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of all rounds: of rates and costs the medians, of memory the most.

    Attributes:
        messages: How many there were, in all.
        rate: Messages a second.
        p50, p99, p999: Seconds. p50 and p99 are medians of the rounds'; p999 is over all messages.
        cpu: Processor seconds of the filter for one message.
        clamd_cpu: Processor seconds of clamd for one message.
        peak: Bytes.
        load_cpu: Processor seconds that the load took for one message.
    """

    messages: int
    rate: float
    p50: float
    p99: float
    p999: float
    cpu: float
    clamd_cpu: float
    peak: int
    load_cpu: float


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share (0 to 1) of them does not exceed."""
    ordered = sorted(values)
    rank = -int(-share * len(ordered) // 1)
    return ordered[max(0, min(rank, len(ordered)) - 1)]


def summarize(rounds: Sequence[Round]) -> Summary:
    """Summarize the rounds of one contestant, at least one, each with a message at least."""
    everything = [latency for one in rounds for latency in one.latencies]
    return Summary(
        messages=len(everything),
        rate=median(one.rate for one in rounds),
        p50=median(percentile(one.latencies, 0.5) for one in rounds),
        p99=median(percentile(one.latencies, 0.99) for one in rounds),
        p999=percentile(everything, 0.999),
        cpu=median(one.cpu for one in rounds),
        clamd_cpu=median(one.clamd_cpu for one in rounds),
        peak=max(one.peak for one in rounds),
        load_cpu=median(one.load_cpu for one in rounds),
    )


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the ratios of pairs that were measured one right after the other."""
    return median(_ratios(ours, theirs))


def ratio_range(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float]:
    """Return between which two the true `ratio` is, in nine of ten cases.

    On either side of a median lie as many as are tails of tossed coins; nothing else is assumed.
    Of a few pairs it is all that was seen.
    """
    ratios = sorted(_ratios(ours, theirs))
    count = len(ratios)
    outside = max(0, math.floor((count - _NINE_OF_TEN * math.sqrt(count)) / 2) - 1)
    return ratios[outside], ratios[count - 1 - outside]


def _ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(ours, theirs, strict=True) if b]
