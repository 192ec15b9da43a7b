"""The tables of the quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clamgate.cli.grid import print_grid
from clamgate.cli.quarantine.fields import addresses, amount, local
from clamgate.quarantine.index import Row

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
    """Print rows of cells."""
    print_grid(heads, rows, numbers=_NUMBERS, whole={"ID"})
