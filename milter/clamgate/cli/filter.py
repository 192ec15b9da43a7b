"""`run`, `check`, `config` and `scan`: the filter, and its conf."""

from __future__ import annotations

import click

from clamgate.cli import serving
from clamgate.cli.errors import leave, told_plainly
from clamgate.cli.options import conf_option
from clamgate.cli.scan import scan_files
from clamgate.cli.show import show
from clamgate.config.advice import advise
from clamgate.config.clamd_conf import DEFAULT_PATH, read_clamd_conf
from clamgate.config.loader import load


@click.command()
@conf_option
@click.option("--foreground", is_flag=True, help="Stay in the foreground, whatever the conf says.")
def run(conf: str, *, foreground: bool) -> None:
    """Serve MTAs as the conf says."""
    serving.run(conf, {"Foreground": ["yes"]} if foreground else {})


@click.command()
@conf_option
@click.option(
    "--clamd-conf",
    metavar="FILE",
    default=DEFAULT_PATH,
    show_default=True,
    help="The conf of the clamd on this machine, to compare limits with.",
)
def check(conf: str, clamd_conf: str) -> None:
    """Check a conf: say all that is wrong with it, or OK, and what is unwise in it."""
    with told_plainly():
        loaded = load(conf)
    for warning in (*loaded.warnings, *advise(loaded, read_clamd_conf(clamd_conf))):
        click.echo(f"WARNING: {warning}", err=True)
    click.echo(f"{conf}: OK")


@click.command()
@conf_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def config(conf: str, *, as_json: bool) -> None:
    """Show every setting, its value, and where it came from (file:line or default)."""
    with told_plainly():
        loaded = load(conf)
    show(loaded, as_json=as_json)


@click.command()
@conf_option
@click.option(
    "--clamd",
    "clamd",
    multiple=True,
    metavar="SOCKET",
    help="Scan with this clamd (unix:/path or tcp:host:port) instead of the conf's.",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def scan(conf: str, clamd: tuple[str, ...], files: tuple[str, ...]) -> None:
    """Scan mail files (- is standard input), and say what would become of each.

    The exit status is 0 if all are clean, 1 if anything was found, 2 on errors.
    """
    with told_plainly(status=2):
        loaded = load(conf, {"ClamdSocket": clamd} if clamd else {})
    leave(scan_files(loaded.settings, files))
