"""What clamgate is to reach, and whether it did. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.contestants import C_MILTER, CLAMD, OURS
from bench.messages import FILE_280K, TEXT_1K, TEXT_6K, Kind
from bench.rounds import Cell
from bench.summaries import Round, percentile, ratio

CONNECTIONS = 8
"""At a time, where a target does not say otherwise."""

Results = Mapping[Cell, Mapping[str, Sequence[Round]]]


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio to reach.

    Attributes:
        what: In words.
        kind: Of message.
        than: What we are compared with.
        bound: The ratio.
        at_least: Whether it is the least, and not the most.
        of: What is compared.
    """

    what: str
    kind: Kind
    than: str
    bound: float
    at_least: bool
    of: Callable[[Round], float]

    def reached(self, found: float) -> bool:
        """Whether a ratio is good enough."""
        return found >= self.bound if self.at_least else found <= self.bound


def _rate(one: Round) -> float:
    return one.rate


def _p99(one: Round) -> float:
    return percentile(one.latencies, 0.99)


def _cpu(one: Round) -> float:
    return one.cpu


TARGETS = (
    Target("messages a second, 1 KiB", TEXT_1K, C_MILTER, 2.2, at_least=True, of=_rate),
    Target("messages a second, 1 KiB", TEXT_1K, CLAMD, 0.7, at_least=True, of=_rate),
    Target("messages a second, 6 KiB", TEXT_6K, C_MILTER, 1.7, at_least=True, of=_rate),
    Target("messages a second, 6 KiB", TEXT_6K, CLAMD, 0.7, at_least=True, of=_rate),
    Target("messages a second, 280 KiB", FILE_280K, C_MILTER, 1.1, at_least=True, of=_rate),
    Target("messages a second, 280 KiB", FILE_280K, CLAMD, 0.9, at_least=True, of=_rate),
    Target("99 % of latencies, 1 KiB", TEXT_1K, C_MILTER, 0.5, at_least=False, of=_p99),
    Target("99 % of latencies, 6 KiB", TEXT_6K, C_MILTER, 0.5, at_least=False, of=_p99),
    Target("processor time, 1 KiB", TEXT_1K, C_MILTER, 0.5, at_least=False, of=_cpu),
)


def judged(results: Results) -> list[tuple[Target, float]]:
    """Return each target with the ratio found, as far as it was measured."""
    return [
        (target, ratio([target.of(one) for one in ours], [target.of(one) for one in theirs]))
        for target in TARGETS
        if (found := results.get(Cell(target.kind, CONNECTIONS)))
        and (ours := found.get(OURS))
        and (theirs := found.get(target.than))
    ]
