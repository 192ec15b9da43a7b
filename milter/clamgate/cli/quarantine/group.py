"""The group of the commands."""

from __future__ import annotations

import click

from clamgate.cli.quarantine.exporting import export
from clamgate.cli.quarantine.listing import list_messages, show, stats
from clamgate.cli.quarantine.releasing import forward, release
from clamgate.cli.quarantine.removing import delete, expire_now


@click.group()
def quarantine() -> None:
    """See to the messages that are stored: only the filter's user and root may.

    An ID may be cut short as long as it means one message only.
    """


for command in (list_messages, show, release, forward, delete, export, expire_now, stats):
    quarantine.add_command(command)
