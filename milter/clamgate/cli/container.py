"""`clamgate container`: the entry point of the image, process 1 in it."""

from __future__ import annotations

import os

import click

from clamgate.cli.errors import leave, told_plainly
from clamgate.container.entry import run
from clamgate.container.layout import Layout


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=False,
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def container(words: tuple[str, ...]) -> None:
    """Run clamd, freshclam and the filter in a container; see docs/container.md.

    With WORDS, another program is run in their place; words that begin with - are for clamd.
    """
    with told_plainly():
        status = run(words, os.environ, Layout())
    leave(status)
