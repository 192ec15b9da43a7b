"""`clamgate history`: asks a running filter what became of a mail."""

from __future__ import annotations

import sys
from typing import Any

import click

from clamgate.cli.asking import socket_option, socket_path
from clamgate.cli.errors import told_plainly
from clamgate.cli.history.words import as_json, nothing, print_list, shortfalls, story
from clamgate.cli.moments import moment
from clamgate.cli.options import conf_option
from clamgate.daemon.control.client import ask

_VERDICTS = ("clean", "infected", "unscanned", "failed", "empty", "exempt", "released")


@click.command()
@conf_option
@socket_option
@click.option("--queue-id", metavar="ID", help="The MTA's queue id.")
@click.option("--message-id", metavar="PART", help="Whose Message-ID has this in it.")
@click.option("--from", "sender", metavar="PART", help="Whose sender has this in it.")
@click.option("--to", "recipient", metavar="PART", help="One of whose recipients has this in it.")
@click.option("--verdict", type=click.Choice(_VERDICTS), help="With this verdict.")
@click.option("--infected", is_flag=True, help="The same as --verdict infected.")
@click.option(
    "--since",
    metavar="TIME",
    callback=moment,
    help="Judged then or later (2026-11-25 14:30; 1h is so long ago).",
)
@click.option(
    "-n",
    "most",
    metavar="NUMBER",
    type=click.IntRange(0, 10_000),
    default=50,
    show_default=True,
    help="How many at most, the newest ones.",
)
@click.option("--details", is_flag=True, help="All that is known of each; so is --queue-id.")
@click.option("--json", "for_programs", is_flag=True, help="An object a line, as in the JSON log.")
def history(
    conf: str,
    socket: str | None,
    *,
    infected: bool,
    details: bool,
    for_programs: bool,
    **search: Any,
) -> None:
    """Show what became of the last messages (HistorySize), the newest at the end.

    The exit status is 1 if no message fits.
    """
    if infected:
        if search["verdict"] not in (None, "infected"):
            raise click.UsageError(f"--infected and --verdict {search['verdict']}: no mail is both")
        search["verdict"] = "infected"
    with told_plainly():
        answer = ask(socket_path(conf, socket), "history", **search)
    messages = answer["messages"]
    if for_programs:
        for message in messages:
            click.echo(as_json(message))
    elif details or search["queue_id"] is not None:
        for message in messages:
            click.echo("\n".join(story(message)))
    elif messages:
        print_list(messages)
    for line in shortfalls(answer):
        click.echo(line, err=True)
    if not answer["count"]:
        click.echo(nothing(answer), err=True)
        sys.exit(1)
