"""Where the commands that ask a running filter find it."""

from __future__ import annotations

import click

from clamgate.config.loader import load
from clamgate.daemon.control.address import control_path
from clamgate.daemon.control.client import ControlError

socket_option = click.option(
    "--socket",
    "socket",
    metavar="PATH",
    help="The filter's control socket, instead of the one that the conf leads to.",
)


def socket_path(conf: str, socket: str | None) -> str:
    """Return where to ask.

    Raises:
        ControlError: The conf leads to no control socket.
    """
    if socket is not None:
        return socket
    path = control_path(load(conf).settings)
    if path is None:
        raise ControlError(f"{conf} leads to no control socket: set ControlSocket in it")
    return path
