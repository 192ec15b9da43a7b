"""What it costs that the parts of odd mail are scanned too: ScanParts, on ordinary mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from bench.contestants import clamgate
from bench.rounds import Cell, Effort, compare
from bench.summaries import ratio, summarize
from bench.tables import table
from clamgate.harness.private_clamd import PrivateClamd

_MODES = ("Never", "Auto", "Always")


def cost_of_parts(
    clamd: PrivateClamd, cells: Sequence[Cell], tokens: Iterator[bytes], effort: Effort
) -> str:
    """Compare filters that differ in ScanParts only, by rate and by processor time."""
    rows = []
    with ExitStack() as stack:
        contestants = [
            stack.enter_context(clamgate(clamd, f"ScanParts {mode}\n", mode)) for mode in _MODES
        ]
        for cell in cells:
            found = compare(cell, clamd, contestants, tokens, effort)
            never = [one.rate for one in found["Never"]]
            for mode in _MODES:
                summary = summarize(found[mode])
                kept = ratio([one.rate for one in found[mode]], never)
                rows.append(
                    (
                        f"{cell}, {mode}",
                        f"{summary.rate:.1f}",
                        f"{kept:.3f}",
                        f"{summary.cpu * 1e6:.0f}",
                        f"{summary.clamd_cpu * 1e6:.0f}",
                    )
                )
    head = ("ScanParts", "msg/s", "of Never", "filter us", "clamd us")
    return table(head, rows)
