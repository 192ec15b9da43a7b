"""`clamgate`: the commands of the filter."""

from __future__ import annotations

import click

from clamgate.cli.lazy import LazyGroup
from clamgate.version import version

_ELSEWHERE = {
    **dict.fromkeys(("check", "config", "run", "scan"), "clamgate.cli.filter"),
    "container": "clamgate.cli.container",
    "demo": "clamgate.cli.demo",
    "mta": "clamgate.cli.mta",
    "health": "clamgate.cli.health",
    "history": "clamgate.cli.history.command",
    "policy": "clamgate.cli.policy.group",
    "quarantine": "clamgate.cli.quarantine.group",
    "replay": "clamgate.cli.replay",
    "reload": "clamgate.cli.control",
    "status": "clamgate.cli.control",
    "top": "clamgate.cli.top.command",
}


def _show_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001  click's
    if wanted:
        click.echo(f"clamgate {version()}")
        context.exit()


@click.group(
    cls=LazyGroup, elsewhere=_ELSEWHERE, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    *("-V", "--version"),
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def main() -> None:
    """A mail filter for Postfix and Sendmail that has clamd scan every message."""
