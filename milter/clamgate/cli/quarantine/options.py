"""Which messages a command is for: options that become a selection."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from clamgate.quarantine.selection import Selection

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"(\d{1,6})([mhdw])")

F = TypeVar("F", bound=Callable[..., Any])


def moment(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    """Return a time in seconds since the epoch; days begin where this program runs.

    It is ``2026-11-25``, ``2026-11-25 14:30``, or how long ago: ``90m``, ``12h``, ``2d``, ``1w``.
    """
    if value is None:
        return None
    try:
        if match := _AGO.fullmatch(value):
            number, unit = match.groups()
            return time.time() - timedelta(**{_UNITS[unit]: int(number)}).total_seconds()
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f'"{value}" is no time: write 2026-11-25, "2026-11-25 14:30", or 90m, 12h, 2d, 1w for'
            " so long ago"
        ) from None


_SELECTING = (
    click.option(
        "--since",
        metavar="TIME",
        callback=moment,
        help="Stored then or later (2026-11-25; 2d is so long ago).",
    ),
    click.option("--until", metavar="TIME", callback=moment, help="Stored before then."),
    click.option("--sender", metavar="GLOB", help="From this address; '' is a bounce's."),
    click.option("--recipient", metavar="GLOB", help="To this address."),
    click.option("--signature", metavar="GLOB", help="In which this was found first."),
    click.option(
        "--class", "signature_class", metavar="GLOB", help="In which something so was found."
    ),
    click.option(
        "--released/--not-released", "released", default=None, help="Released before, or not."
    ),
)


def selecting(command: F) -> F:
    """Give a command the options of a selection; it gets them as keywords for `selection_of`."""
    for option in reversed(_SELECTING):
        command = option(command)
    return command


def selection_of(options: dict[str, Any]) -> Selection:
    """Return the selection that these options make."""
    return Selection(**options)


ids_argument = click.argument("ids", nargs=-1, metavar="[ID]...")
