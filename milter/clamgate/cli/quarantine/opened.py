"""The quarantine of a conf, opened for a command: as the filter's user, for it alone may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from clamgate.cli.errors import told_plainly
from clamgate.config.loader import load
from clamgate.core.settings import Settings
from clamgate.daemon.errors import StartError
from clamgate.daemon.privileges import account_to_become, acting_as
from clamgate.daemon.quarantine import open_quarantine
from clamgate.observe.text import printable
from clamgate.quarantine.errors import QuarantineError
from clamgate.quarantine.index import Row
from clamgate.quarantine.selection import Selection
from clamgate.quarantine.store import Quarantine


@dataclass(frozen=True, slots=True)
class Opened:
    """A conf, and the quarantine that it leads to."""

    settings: Settings
    quarantine: Quarantine

    def chosen(self, ids: tuple[str, ...], selection: Selection) -> list[Row]:
        """Return the messages that a command line means, the newest first, or in its own order.

        Raises:
            click.UsageError: It names none, or in both ways.
            QuarantineError: There is none of a name, or the index cannot be asked.
        """
        if bool(ids) == (selection != Selection()):
            raise click.UsageError("say which messages: by ID, or by options such as --signature")
        if ids:
            return [self.quarantine.find(one) for one in ids]
        return self.quarantine.index.select(selection)


@contextmanager
def opened(conf: str) -> Iterator[Opened]:
    """Open the quarantine of a conf. What users can mend becomes lines for them, and status 1."""
    with told_plainly():
        settings = load(conf).settings
        quarantine = open_quarantine(settings.quarantine, settings.process.chroot or "")
        if quarantine is None:
            raise StartError(f"{conf} has no quarantine: set QuarantineDirectory in it")
        with acting_as(account_to_become(settings.process.user)):
            yield Opened(settings, quarantine)


class Failures:
    """Goes on with the other messages when something is wrong with one; ends with status 1."""

    def __init__(self) -> None:
        self._any = False

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Say what is wrong in the block, if anything is."""
        try:
            yield
        except QuarantineError as error:
            self._any = True
            click.echo(f"ERROR: {printable(str(error))}", err=True)

    def leave(self) -> None:
        """End the program badly if anything was wrong."""
        if self._any:
            raise SystemExit(1)
