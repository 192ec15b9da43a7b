"""`clamav-milter`: takes the C program's place, with its options and exit status."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from clamgate.cli import serving
from clamgate.config.directives import BY_OPTION, Directive, Kind
from clamgate.version import version


def main() -> None:
    """Run as clamav-milter. Wrong options end with 1, as the C program's do."""
    try:
        _command().main(_with_values(sys.argv[1:]), "clamav-milter", standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"ERROR: {error.format_message()}", err=True)
        sys.exit(1)
    except click.Abort:
        sys.exit(1)


def _command() -> click.Command:
    conf = click.Option(
        ["-c", "--config-file", "conf"],
        metavar="FILE",
        default=serving.DEFAULT_CONF,
        show_default=True,
        help="Read configuration from FILE.",
    )
    command = click.Command(
        "clamav-milter",
        callback=_run,
        params=[
            conf,
            *(_option(directive) for directive in BY_OPTION.values()),
            click.Argument(["rest"], nargs=-1),
        ],
        help="A mail filter that takes clamav-milter's place: clamgate.",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    message = f"clamav-milter (clamgate) {version()}"
    return click.version_option(version(), "-V", "--version", message=message)(command)


def _option(directive: Directive) -> click.Option:
    short = [f"-{directive.short}"] if directive.short else []
    return click.Option(
        [*short, f"--{directive.option}", directive.name],
        metavar=directive.kind.value,
        help=f"As {directive.name} in the conf.",
    )


def _run(conf: str, rest: Sequence[str], **given: str | None) -> None:
    for word in rest:
        click.echo(f"WARNING: Ignoring option {word}", err=True)
    serving.run(conf, _overrides(given))


def _overrides(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the directives that were given; click has folded the case of their names."""
    names = {directive.name.lower(): directive.name for directive in BY_OPTION.values()}
    return {names[key.lower()]: [value] for key, value in given.items() if value is not None}


def _with_values(arguments: Sequence[str]) -> list[str]:
    """Spell out the value of switches: as with getopt, theirs is given by ``=`` or is yes."""
    switches = {
        f"--{option}" for option, directive in BY_OPTION.items() if directive.kind is Kind.BOOL
    }
    return [f"{word}=yes" if word in switches else word for word in arguments]
