"""Options that several commands share."""

from __future__ import annotations

import click

from clamgate.cli.serving import DEFAULT_CONF

conf_option = click.option(
    "-c",
    "--config-file",
    "conf",
    metavar="FILE",
    default=DEFAULT_CONF,
    show_default=True,
    help="The conf file, as of clamav-milter.",
)
