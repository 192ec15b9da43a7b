"""`clamgate status` and `clamgate reload`: what an admin asks of a filter that runs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from clamgate.cli.asking import socket_option, socket_path
from clamgate.cli.errors import told_plainly
from clamgate.cli.options import conf_option
from clamgate.cli.reloading import reload_filter
from clamgate.cli.tables import columns, duration, mebibytes
from clamgate.container.layout import Layout, filter_conf_in_effect
from clamgate.container.renewal import renew_from_beside
from clamgate.daemon.control.client import ask

_WHY_NOT_YET = {
    "waiting": "too many workers of former confs still have connections, or another reload goes on",
    "running": "its processes are still starting",
}


@click.command()
@conf_option
@socket_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(conf: str, socket: str | None, *, as_json: bool) -> None:
    """Show how the running filter is: its processes, what they do, and its clamds."""
    with told_plainly():
        answer = ask(socket_path(conf, socket), "status")
    if as_json:
        click.echo(json.dumps(answer, indent=2))
        return
    for line in _words(answer):
        click.echo(line)


@click.command()
@conf_option
@socket_option
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    help="How long to wait for the outcome.",
)
def reload(conf: str, socket: str | None, timeout: float) -> None:
    """Bring the conf into effect in the running filter, and say what came of it.

    The exit status is 0 if it is in effect, 1 if it was refused or is not yet through.
    """
    with told_plainly():
        if conf == filter_conf_in_effect():
            renew_from_beside(Path(conf).parent, os.environ, Layout())
        # A conf that cannot be used is told here already; its errors would be the same ones.
        path = socket_path(conf, socket)
        outcome = reload_filter(path, timeout)
    for line in outcome.lines:
        click.echo(f"{'ERROR' if outcome.state == 'refused' else 'WARNING'}: {line}", err=True)
    match outcome.state:
        case "done":
            click.echo("reloaded: the conf is in force")
        case "refused":
            click.echo("not reloaded: the conf that was in force stays in force", err=True)
            sys.exit(1)
        case state:
            why = _WHY_NOT_YET.get(state, "the filter says nothing of it")
            click.echo(f"not reloaded yet ({state}): {why}; see `clamgate status`", err=True)
            sys.exit(1)


def _words(answer: dict[str, Any]) -> list[str]:
    """Return a status for people to read."""
    workers = answer["workers"]
    in_flight = sum(worker["in_flight"] for worker in workers)
    connections = sum(worker["connections"] for worker in workers)
    lasting = duration(answer["master"]["seconds"])
    head = f"{answer['program']}, {answer['state']} on {answer['listening']} for {lasting}"
    load = (
        f"generation {answer['generation']}, messages {answer['messages']}, "
        f"in flight {in_flight}, connections {connections}"
    )
    helpers = filter(None, (answer["clerk"], answer.get("expirer"), answer.get("exporter")))
    processes = (answer["master"], *helpers, *workers)
    lines = [head, load, "", *columns(_HEADS, map(_row, processes))]
    for clamd in answer["clamds"]:
        lines += ["", f"{clamd['clamd']} is {_reach(clamd)}: {clamd['text']}"]
    for one in answer["reloads"][-1:]:
        lines += ["", f"last reload: {one['state']}", *(f"  {line}" for line in one["lines"])]
    return lines


_HEADS = ("PROCESS", "PID", "STATE", "FOR", "CONNS", "FLIGHT", "MSGS", "RESTARTS", "MEMORY")


def _row(process: dict[str, Any]) -> tuple[object, ...]:
    """Return the cells of one process, empty where it has no such thing."""
    known = [process.get(key, "") for key in ("connections", "in_flight", "messages", "restarts")]
    lasting = duration(process["seconds"]) if "seconds" in process else ""
    memory = mebibytes(process["memory"])
    return process["title"], process["pid"], process.get("state", ""), lasting, *known, memory


def _reach(clamd: dict[str, Any]) -> str:
    if not clamd["down_for"]:
        return "up"
    if not clamd["up_for"]:
        return "down"
    return f"up for {clamd['up_for']} workers, down for {clamd['down_for']}"
