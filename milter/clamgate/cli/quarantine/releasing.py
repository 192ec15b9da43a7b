"""`clamgate quarantine release` and `forward`: messages on their way again."""

from __future__ import annotations

import time

import click

from clamgate.cli.errors import told_plainly
from clamgate.cli.options import conf_option
from clamgate.cli.quarantine.excepting import except_what_was_found
from clamgate.cli.quarantine.fields import addresses, local
from clamgate.cli.quarantine.opened import Failures, Opened, opened
from clamgate.observe.text import printable, readable
from clamgate.quarantine.errors import QuarantineError
from clamgate.quarantine.index import Row
from clamgate.quarantine.release import hand_over, letter, way_out

_ids = click.argument("ids", nargs=-1, required=True, metavar="ID...")


@click.command()
@conf_option
@click.option("--again", is_flag=True, help="Also what was released before.")
@click.option("--delete", "then_delete", is_flag=True, help="Delete each that the MTA took.")
@click.option(
    "--except",
    "excepted",
    is_flag=True,
    help="What was found in them is wrong, and shall not count in any mail: see ExceptionFile.",
)
@click.option(
    "--for-days", type=click.IntRange(1, 36500), help="How long that holds; without it, for ever."
)
@_ids
def release(  # noqa: PLR0913  options
    conf: str,
    ids: tuple[str, ...],
    *,
    again: bool,
    then_delete: bool,
    excepted: bool,
    for_days: int | None,
) -> None:
    """Deliver messages to those they were kept from, as if nothing had been found.

    They go to ReleaseVia; without it to ReleaseThrough, signed, so that the filter lets them pass.
    """
    if for_days is not None and not excepted:
        raise click.UsageError("--for-days has no meaning without --except")
    if excepted:
        with told_plainly():
            except_what_was_found(conf, ids, for_days)
    failures = Failures()
    with opened(conf) as place:
        for one in ids:
            with failures.noted():
                _release(place, one, again=again)
                if then_delete:
                    place.quarantine.delete(place.quarantine.find(one))
    failures.leave()


@click.command()
@conf_option
@click.option(
    "--to", "recipients", multiple=True, required=True, metavar="ADDRESS", help="Can be repeated."
)
@click.option(
    "--from",
    "sender",
    default="",
    metavar="ADDRESS",
    help="Who is told if it cannot be delivered; nobody, if this is not given.",
)
@_ids
def forward(conf: str, ids: tuple[str, ...], recipients: tuple[str, ...], sender: str) -> None:
    """Send messages to somebody else, byte for byte, past the filter. They count as unreleased."""
    failures = Failures()
    with opened(conf) as place:
        for one in ids:
            with failures.noted():
                row = place.quarantine.find(one)
                to = [address.encode() for address in recipients]
                _send(place, row, sender.encode(), to)
    failures.leave()


def _release(place: Opened, message_id: str, *, again: bool) -> None:
    row = place.quarantine.find(message_id)
    if row.released_at is not None and not again:
        raise QuarantineError(
            f"{row.id} was released before, on {local(row.released_at)}: --again does it once more"
        )
    record = place.quarantine.record(row)
    _send(place, row, record.sender, list(record.recipients))
    place.quarantine.index.mark_released(row.id, time.time())


def _send(place: Opened, row: Row, sender: bytes, recipients: list[bytes]) -> None:
    way = way_out(place.settings.quarantine, place.quarantine)
    mail = letter(row.id, sender, recipients, place.quarantine.content(row))
    reply = hand_over(mail, way, time.time)
    to = addresses([readable(one) for one in mail.recipients])
    click.echo(f"{row.id}: sent to {to}: {printable(reply)}")
