"""Starting the filter from a conf file: what `clamgate run` and `clamav-milter` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from clamgate.cli.errors import leave, told_plainly
from clamgate.config.loader import load
from clamgate.core.settings import Settings
from clamgate.daemon.detach import detach
from clamgate.daemon.errors import StartError
from clamgate.daemon.service import serve

DEFAULT_CONF = "/etc/clamav/clamav-milter.conf"


def run(path: str, overrides: Mapping[str, Sequence[str]]) -> None:
    """Serve as the conf says, until told to stop. Does not return.

    Args:
        path: The conf file.
        overrides: Directives given on the command line, by name.
    """
    with told_plainly():
        loaded = load(path, overrides)
        for warning in loaded.warnings:
            click.echo(f"WARNING: {warning}", err=True)
        if loaded.settings.process.foreground:
            leave(serve(loaded.settings, ready=lambda: None))
        _serve_in_background(loaded.settings)


def _serve_in_background(settings: Settings) -> None:
    """Fork; the parent leaves once the child serves, or says why it does not."""
    tell = detach()
    try:
        leave(serve(settings, ready=lambda: tell("")))
    except StartError as error:
        tell(str(error))
    leave(1)
