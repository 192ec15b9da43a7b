"""`clamgate quarantine release --except`: what was found was wrong, and shall not count again."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import click

from clamgate.cli.quarantine.opened import opened
from clamgate.cli.reloading import reload_filter
from clamgate.config.exceptions import add_exceptions
from clamgate.config.loader import load
from clamgate.daemon.control.address import control_path
from clamgate.daemon.control.client import ControlError
from clamgate.daemon.errors import StartError
from clamgate.observe.text import printable
from clamgate.quarantine.errors import QuarantineError

_RELOAD_TIME = 30.0
"""Seconds that a reload may take before it is told that it is not through."""


def except_what_was_found(conf: str, ids: Sequence[str], days: int | None) -> None:
    """Add what was found in these messages to ExceptionFile, and check the conf with it.

    Args:
        conf: The conf file.
        ids: The messages.
        days: How many days the exceptions hold, from today; None is for ever.

    Raises:
        ConfError: The conf cannot be used.
        QuarantineError: There is no such message, or nothing was found in one.
        StartError: There is no file for exceptions, or it cannot be written.
    """
    path = load(conf).settings.quarantine.exception_file
    if path is None:
        raise StartError(
            f"{conf} has no file for exceptions: add a line such as"
            " `ExceptionFile /etc/clamav/clamgate-exceptions.conf`"
        )
    found = _found_in(conf, ids)
    until = None if days is None else _today() + timedelta(days=days)
    try:
        # As who we are, not as the filter's user: the file belongs to the conf.
        lines = add_exceptions(path, found, until, _remark(ids))
    except OSError as error:
        raise StartError(f"ExceptionFile {path}: {error.strerror}") from error
    loaded = load(conf)
    for line in lines:
        click.echo(f"{path}: {line}")
    if not lines:
        click.echo(f"{path} has that already")
    _tell_filter(control_path(loaded.settings))


def _tell_filter(socket: str | None) -> None:
    """Have the running filter read the exceptions, or say why it does not have them yet."""
    if socket is None:
        reason = "the conf leads to no control socket"
    else:
        try:
            outcome = reload_filter(socket, _RELOAD_TIME)
        except ControlError as error:
            reason = str(error)
        else:
            if outcome.state == "done":
                click.echo("reloaded: the filter knows it")
                return
            reason = "; ".join((outcome.state, *outcome.lines))
    click.echo(f"WARNING: the filter has not read it yet ({reason}): reload it", err=True)


def _found_in(conf: str, ids: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    with opened(conf) as place:
        for one in ids:
            row = place.quarantine.find(one)
            signatures = place.quarantine.record(row).signatures
            if not signatures:
                raise QuarantineError(f"{row.id}: nothing was found in it that could be excepted")
            found.update(dict.fromkeys(signatures))
    return list(found)


def _remark(ids: Sequence[str]) -> str:
    try:
        who = getpass.getuser()
    except (KeyError, OSError):  # a user that has no name
        who = "somebody"
    return printable(f"{_today()}, {who}: wrong in {', '.join(ids)}")


def _today() -> date:
    return datetime.now().astimezone().date()
