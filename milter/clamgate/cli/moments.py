"""Times as people write them on a command line."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

import click

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"(\d{1,6})([mhdw])")


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
