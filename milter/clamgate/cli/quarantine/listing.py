"""`clamgate quarantine list`, `show` and `stats`: what is there."""

from __future__ import annotations

import json
from typing import Any

import click

from clamgate.cli.options import conf_option
from clamgate.cli.quarantine.fields import amount, iso, json_record, json_row, local
from clamgate.cli.quarantine.opened import opened
from clamgate.cli.quarantine.options import selecting, selection_of
from clamgate.cli.quarantine.tables import print_messages, print_table
from clamgate.observe.text import printable, readable
from clamgate.quarantine.index import Row
from clamgate.quarantine.record import Record
from clamgate.quarantine.statistics import Statistics, statistics

_HEADER_SHOWN = 16 * 1024

json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.command("list")
@conf_option
@selecting
@click.option("--id", "id_prefix", metavar="PREFIX", help="Whose id begins so.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="How many at most, the newest ones; 0 for all.",
)
@json_option
def list_messages(conf: str, *, limit: int, as_json: bool, **options: Any) -> None:
    """List messages, the newest first."""
    with opened(conf) as place:
        one_more = limit + 1 if limit else None
        rows = place.quarantine.index.select(selection_of(options), one_more)
    more = bool(limit) and len(rows) > limit
    rows = rows[:limit] if limit else rows
    if as_json:
        click.echo(json.dumps([json_row(row) for row in rows], indent=2))
    elif rows:
        print_messages(rows)
    else:
        click.echo("nothing is stored that fits", err=True)
    if more:
        click.echo(f"there are more than {limit}: --limit 0 shows all", err=True)


@click.command()
@conf_option
@json_option
@click.argument("message_id", metavar="ID")
def show(conf: str, message_id: str, *, as_json: bool) -> None:
    """Show all that is known of a message, and its header."""
    with opened(conf) as place:
        row = place.quarantine.find(message_id)
        record = place.quarantine.record(row)
        header = place.quarantine.content(row).partition(b"\r\n\r\n")[0]
    if as_json:
        known = {**json_record(row, record), "header": readable(header)}
        click.echo(json.dumps(known, indent=2))
        return
    for name, value in _facts(row, record):
        click.echo(f"{name + ':':12}{printable(value)}")
    click.echo()
    for line in header[:_HEADER_SHOWN].split(b"\r\n"):
        click.echo(f"    {printable(readable(line))}")
    if len(header) > _HEADER_SHOWN:
        click.echo(f"    ... ({len(header)} bytes in all: see `clamgate quarantine export`)")


@click.command()
@conf_option
@selecting
@json_option
def stats(conf: str, *, as_json: bool, **options: Any) -> None:
    """Say how much is stored, and what was found in it."""
    with opened(conf) as place:
        known = statistics(place.quarantine.index, selection_of(options))
    if as_json:
        click.echo(json.dumps(_json(known), indent=2))
        return
    click.echo(
        f"{known.messages} messages, {amount(known.size)} of mail,"
        f" {amount(known.stored_size)} on disk, {known.released} released before"
    )
    if known.oldest is None or known.newest is None:
        return
    click.echo(f"stored from {local(known.oldest)} to {local(known.newest)}")
    for name, groups in _tables(known).items():
        click.echo()
        print_table(
            ("MESSAGES", "ON DISK", name),
            ((one.messages, amount(one.stored_size), one.name or "-") for one in groups),
        )


def _facts(row: Row, record: Record) -> list[tuple[str, str]]:
    auth = "" if record.auth_name is None else f", logged in as {readable(record.auth_name)}"
    facts = [
        ("id", row.id),
        ("stored", f"{local(row.stored_at)} on {row.host}"),
        ("released", "no" if row.released_at is None else local(row.released_at)),
        ("queue id", record.queue_id or "-"),
        ("client", f"{record.client_host} {record.client_address}".strip() + auth),
        ("from", readable(record.sender)),
        *(
            ("to", f"{readable(one.recipient)}: {one.action.value}, by {one.rule} ({one.reason})")
            for one in record.kept
        ),
        ("found", ", ".join(record.signatures) or "-"),
        ("class", record.signature_class or "-"),
        ("size", f"{amount(record.size)}, {amount(row.stored_size)} on disk"),
        ("subject", row.subject),
    ]
    return [(name, value or "-") for name, value in facts]


def _tables(known: Statistics) -> dict[str, Any]:
    tables = {"CLASS": known.classes, "FOUND": known.signatures}
    return {**tables, "HOST": known.hosts} if len(known.hosts) > 1 else tables


def _json(known: Statistics) -> dict[str, Any]:
    return {
        "messages": known.messages,
        "size": known.size,
        "stored_size": known.stored_size,
        "released": known.released,
        "oldest": iso(known.oldest),
        "newest": iso(known.newest),
        **{
            name: [
                {"name": one.name, "messages": one.messages, "stored_size": one.stored_size}
                for one in groups
            ]
            for name, groups in (
                ("classes", known.classes),
                ("signatures", known.signatures),
                ("hosts", known.hosts),
            )
        },
    }
