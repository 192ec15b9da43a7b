"""Starting the filter from a conf file: what `clamgate run` and `clamav-milter` share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import click

from clamgate.cli.errors import told_plainly
from clamgate.config.loader import Loaded, load
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
    # In the background the folder changes; a reload must find the same file.
    path = os.path.abspath(path)  # noqa: PTH100  links and .. stay as they are written
    with told_plainly():
        loaded = load(path, overrides)
        for warning in loaded.warnings:
            click.echo(f"WARNING: {warning}", err=True)
        reread = partial(load, path, overrides)
        with _located(loaded):
            if loaded.settings.process.foreground:
                sys.exit(serve(loaded.settings, reread, ready=lambda: None))
            _serve_in_background(loaded.settings, reread)


@contextmanager
def _located(loaded: Loaded) -> Iterator[None]:
    """Have an error that tells of a directive say where the conf gives it."""
    try:
        yield
    except StartError as error:
        raise StartError(loaded.located(str(error))) from error


def _serve_in_background(settings: Settings, reread: Callable[[], Loaded]) -> None:
    """Fork; the parent leaves once the child serves, or says why it does not."""
    tell = detach()
    try:
        sys.exit(serve(settings, reread, ready=lambda: tell("")))
    except StartError as error:
        tell(str(error))
    sys.exit(1)
