"""Plain columns, and figures as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def columns(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return lines in columns: numbers to the right, words to the left."""
    cells = [tuple(map(str, row)) for row in rows]
    widths = [max(len(row[n]) for row in (tuple(heads), *cells)) for n in range(len(heads))]
    numeric = [all(_is_figure(row[n]) for row in cells) for n in range(len(heads))]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in (tuple(heads), *cells)
    ]


def duration(seconds: float) -> str:
    """Return a span of time by its two largest units: ``3d 4h``, ``5m 6s``, ``7s``."""
    left = int(seconds)
    parts: list[str] = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        count, left = divmod(left, size)
        if count or parts or unit == "s":
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])


def mebibytes(count: int | None) -> str:
    """Return a number of bytes in MiB; a question mark if it is not known."""
    return "?" if count is None else f"{count / (1 << 20):.1f}M"


def _is_figure(cell: str) -> bool:
    return not cell or cell[:1].isdigit()
