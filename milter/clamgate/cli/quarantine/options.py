"""Which messages a command is for: options that become a selection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from clamgate.cli.moments import moment
from clamgate.quarantine.selection import Selection

F = TypeVar("F", bound=Callable[..., Any])


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
