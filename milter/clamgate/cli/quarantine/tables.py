"""Tables: as wide as the terminal, and uncut where they go to a file or a program."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clamgate.cli.quarantine.fields import addresses, amount, local
from clamgate.observe.text import printable
from clamgate.quarantine.index import Row

_UNCUT = 100_000
_NUMBERS = frozenset({"SIZE", "ON DISK", "MESSAGES"})


def print_messages(rows: Iterable[Row]) -> None:
    """Print a line for each message."""
    print_table(
        ("ID", "STORED", "FROM", "TO", "FOUND", "SIZE", "RELEASED", "SUBJECT"),
        (
            (
                row.id,
                local(row.stored_at),
                f"<{row.sender}>",
                addresses(row.recipients),
                row.signature or "-",
                amount(row.size),
                "-" if row.released_at is None else local(row.released_at),
                row.subject,
            )
            for row in rows
        ),
    )


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows of cells; what strangers wrote in them is shown as text, and does nothing else."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(
            head,
            no_wrap=True,
            overflow="ellipsis",
            justify="right" if head in _NUMBERS else "left",
            min_width=17 if head == "ID" else None,
        )
    for row in rows:
        table.add_row(*(Text(printable(str(cell))) for cell in row))
    Console(width=None if sys.stdout.isatty() else _UNCUT, highlight=False).print(table)
