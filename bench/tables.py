"""Results as text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.contestants import CLAMD, OURS
from bench.rounds import Cell
from bench.summaries import Round, ratio, summarize
from bench.targets import Results, judged

_MIB = 1024 * 1024


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set up a table: the first column to the left, all others to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def comparison(cell: Cell, found: Mapping[str, Sequence[Round]]) -> str:
    """Show one cell: a line for each contestant, and its rate against bare clamd's and ours."""
    rates = {name: [one.rate for one in rounds] for name, rounds in found.items()}
    rows = []
    for name, rounds in found.items():
        summary = summarize(rounds)
        filters = name != CLAMD
        rows.append(
            (
                name,
                f"{summary.rate:.1f}",
                *(_ratio(rates, name, than) for than in (CLAMD, OURS)),
                *(_milliseconds(value) for value in (summary.p50, summary.p99, summary.p999)),
                f"{summary.cpu * 1e6:.0f}" if filters else "-",
                f"{summary.clamd_cpu * 1e6:.0f}",
                f"{summary.load_cpu * 1e6:.0f}",
                mib(summary.peak) if filters else "-",
                f"{summary.messages}",
            )
        )
    head = (
        *("", "msg/s", "of clamd", "of ours", "p50 ms", "p99 ms", "p99.9 ms"),
        *("filter us", "clamd us", "load us", "peak MiB", "messages"),
    )
    return f"{cell}\n{table(head, rows)}"


def targets(results: Results, idle: int | None) -> str:
    """Show what was to be reached beside what was.

    Args:
        results: All cells.
        idle: Resident bytes of one idle worker, None if that was not measured.
    """
    rows = [
        (
            f"{target.what}, against {target.than}",
            f"{'at least' if target.at_least else 'at most'} {target.bound:.2f}",
            f"{found:.2f}",
            "yes" if target.reached(found) else "no",
        )
        for target, found in judged(results)
    ]
    if idle is not None:
        reached = "yes" if idle <= _IDLE_TARGET else "no"
        target = f"at most {mib(_IDLE_TARGET)}"
        rows.append(("resident memory of an idle worker, MiB", target, mib(idle), reached))
    return table(("8 connections", "to reach", "found", "reached"), rows)


_IDLE_TARGET = 40 * _MIB


def mib(size: int) -> str:
    """Write a number of bytes in MiB."""
    return f"{size / _MIB:.1f}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


def _ratio(rates: Mapping[str, Sequence[float]], name: str, than: str) -> str:
    return f"{ratio(rates[name], rates[than]):.2f}" if than in rates else "-"
