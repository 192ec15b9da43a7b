"""Options that several commands share."""

from __future__ import annotations

import click

from clamgate.cli.serving import DEFAULT_CONF
from clamgate.container.layout import filter_conf_in_effect


def _usual_conf() -> str:
    """Return the conf of the filter that runs here; in the image, the one in effect."""
    return filter_conf_in_effect() or DEFAULT_CONF


conf_option = click.option(
    "-c",
    "--config-file",
    "conf",
    metavar="FILE",
    default=_usual_conf,
    show_default=DEFAULT_CONF,
    help="The conf file, as of clamav-milter.",
)
