"""Lines of styled text that fit a terminal, whatever strangers wrote in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from clamgate.observe.text import printable

Piece = tuple[str, str]
"""Text and its style, as rich names it; empty for none."""
Line = tuple[Piece, ...]

_CUT = ".."


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        head: What stands above it.
        width: Cells; 0 to share what is left with the others that have 0.
        right: Whether it is set to the right.
        tail: Whether it is the end that is kept of what is too long, as of a path.
    """

    head: str
    width: int = 0
    right: bool = False
    tail: bool = False


def fitted(text: str, width: int, *, right: bool = False, tail: bool = False) -> str:
    """Return text in exactly so many cells: cut, or filled up with spaces."""
    text = printable(text)
    length = cell_len(text)
    if length > width and tail:
        return set_cell_size(_CUT + set_cell_size(text[::-1], width - len(_CUT))[::-1], width)
    if length > width:
        return set_cell_size(text, width)
    return " " * (width - length) + text if right else text + " " * (width - length)


def table(
    columns: Sequence[Column], rows: Iterable[tuple[Sequence[str], str]], width: int
) -> list[Line]:
    """Return the head and a line for each row, all as wide as said.

    Args:
        columns: Those that have a width of their own get it; the rest share what is left.
        rows: Cells and the style of the row.
        width: Cells, one between columns.
    """
    fixed = sum(column.width for column in columns) + len(columns) - 1
    sharing = sum(not column.width for column in columns)
    left = max(0, width - fixed)
    widths = [column.width or left // max(1, sharing) for column in columns]

    def line(cells: Sequence[str], style: str) -> Line:
        text = " ".join(
            fitted(cell, size, right=column.right, tail=column.tail)
            for cell, size, column in zip(cells, widths, columns, strict=True)
        )
        return ((fitted(text, width), style),)

    heads = line([column.head for column in columns], "bold")
    return [heads, *(line(cells, style) for cells, style in rows)]


def line_of(width: int, *pieces: Piece) -> Line:
    """Return one line of some pieces, cut or filled up to a width."""
    kept: list[Piece] = []
    left = width
    for text, style in pieces:
        text = fitted(text, min(left, cell_len(printable(text))))  # noqa: PLW2901  made fit
        left -= cell_len(text)
        kept.append((text, style))
    return (*kept, (" " * left, ""))
