"""A grid of cells: as wide as the terminal, and uncut where it goes to a file or a program."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clamgate.observe.text import printable

_UNCUT = 100_000


def print_grid(
    heads: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Collection[str] = (),
    whole: Collection[str] = (),
) -> None:
    """Print rows of cells; what strangers wrote in them is shown as text, and does nothing else.

    Args:
        heads: What stands above each column.
        rows: The cells.
        numbers: The heads of columns that are set to the right.
        whole: The heads of columns that are not cut, however narrow the terminal is.
    """
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, head in enumerate(heads):
        table.add_column(
            head,
            no_wrap=True,
            overflow="ellipsis",
            justify="right" if head in numbers else "left",
            min_width=max((len(row[at]) for row in cells), default=0) if head in whole else None,
        )
    for row in cells:
        table.add_row(*map(Text, row))
    Console(width=None if sys.stdout.isatty() else _UNCUT, highlight=False).print(table)
