"""What a replay came to, as tables."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clamgate.harness.replay.summary import Counts, Summary

_PLAIN_WIDTH = 1000
_MOST_ROWS = 20


def report(summary: Summary, seconds: float, *, stderr: bool = False) -> None:
    """Print the tables: framed for a terminal, plain and as wide as they are elsewhere.

    Args:
        summary: The figures.
        seconds: How long all of it took.
        stderr: Where to print it, if not on standard output.
    """
    console = Console(stderr=stderr, highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(stderr=stderr, width=_PLAIN_WIDTH, highlight=False, markup=False)
    for table in (
        _table(console, ("verdict", "X-Virus-Status"), summary.outcomes, summary.mails),
        _table(console, ("signature",), summary.signatures),
        _table(console, ("verdict", "reply or reason"), summary.replies),
        _table(console, ("what would change",), summary.changes),
    ):
        if table.row_count:
            console.print(table)
    console.print(totals(summary, seconds))


def totals(summary: Summary, seconds: float) -> str:
    """Return the last lines: how many, how long, how fast."""
    rate = summary.mails / seconds if seconds else 0.0
    lines = [f"{summary.mails} mails, {summary.size} bytes, in {seconds:.1f} s: {rate:.1f}/s"]
    latencies = summary.latencies()
    if latencies:
        figures = ", ".join(f"{name} {value * 1000:.1f}" for name, value in latencies.items())
        lines.append(f"milliseconds to the answer: {figures}")
    return "\n".join(lines)


def _table(console: Console, heads: tuple[str, ...], counts: Counts, whole: int = 0) -> Table:
    """Return a table of counts, the largest first, with their share of a whole if it is given."""
    table = Table(box=SIMPLE_HEAD if console.is_terminal else None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    table.add_column("mails", justify="right")
    if whole:
        table.add_column("%", justify="right")
    ranked = counts.most_common()
    for words, count in ranked[:_MOST_ROWS]:
        share = [f"{100 * count / whole:.1f}"] if whole else []
        table.add_row(*map(Text, words), str(count), *share)
    if rest := ranked[_MOST_ROWS:]:
        words = (f"({len(rest)} more)", *[""] * (len(heads) - 1))
        table.add_row(*words, str(sum(count for _, count in rest)))
    return table
