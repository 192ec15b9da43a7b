"""`clamgate quarantine delete` and `expire`: what removes messages for good, and asks before."""

from __future__ import annotations

import time
from typing import Any

import click

from clamgate.cli.options import conf_option
from clamgate.cli.quarantine.fields import amount
from clamgate.cli.quarantine.opened import Failures, opened
from clamgate.cli.quarantine.options import ids_argument, selecting, selection_of
from clamgate.cli.quarantine.tables import print_messages
from clamgate.quarantine.expiry import due, expire, limits_of
from clamgate.quarantine.index import Row

_MOST_SHOWN = 20

_yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@conf_option
@selecting
@_yes_option
@ids_argument
def delete(conf: str, ids: tuple[str, ...], *, yes: bool, **options: Any) -> None:
    """Delete messages for good: by ID, or all that the options select."""
    failures = Failures()
    with opened(conf) as place:
        rows = place.chosen(ids, selection_of(options))
        if not rows:
            click.echo("nothing is stored that fits", err=True)
            return
        _ask(rows, yes=yes)
        deleted = 0
        for row in rows:
            with failures.noted():
                place.quarantine.delete(row)
                deleted += 1
    click.echo(f"{deleted} deleted")
    failures.leave()


@click.command("expire")
@conf_option
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@_yes_option
def expire_now(conf: str, *, dry_run: bool, yes: bool) -> None:
    """Delete what is beyond QuarantineMaxAge and QuarantineMaxSize, without waiting for the filter.

    The running filter does so every few minutes.
    """
    with opened(conf) as place:
        now = time.time()
        limits = limits_of(place.settings.quarantine)
        rows = due(place.quarantine, limits, now)
        if not rows:
            click.echo("nothing is beyond the limits")
            return
        if dry_run:
            print_messages(rows)
            return
        _ask(rows, yes=yes)
        expired = expire(place.quarantine, limits, now)
    click.echo(f"{expired.messages} deleted, {amount(expired.size)} on disk")


def _ask(rows: list[Row], *, yes: bool) -> None:
    """Go on if the answer is yes; end the program otherwise."""
    if yes:
        return
    print_messages(rows[:_MOST_SHOWN])
    if len(rows) > _MOST_SHOWN:
        click.echo(f"... and {len(rows) - _MOST_SHOWN} more")
    what = "this message" if len(rows) == 1 else f"these {len(rows)} messages"
    click.confirm(f"Delete {what} for good?", abort=True)
