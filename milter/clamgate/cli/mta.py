"""`clamgate mta`: a mail server that asks milters as Postfix does, for those with none at hand."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock
from typing import Any

import click

from clamgate.cli.interrupts import end_on_sigterm
from clamgate.cli.mta_lines import mail_line
from clamgate.harness.endpoint import host_and_port, milter_endpoint
from clamgate.harness.link import Deadlines
from clamgate.harness.mta.delivery import DeliveryError, Downstream, Drop, MaildirBox, Relay
from clamgate.harness.mta.filters import Milter
from clamgate.harness.mta.front import Front, Terms
from clamgate.harness.mta.hold import HoldError, HoldQueue
from clamgate.harness.mta.obedience import DefaultAction
from clamgate.harness.mta.report import Onlooker, Passage
from clamgate.observe.text import printable, readable

MEGABYTE = 1024 * 1024


def _hold_default() -> str:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return str(Path(state) / "clamgate" / "held")


Decorator = Callable[[Callable[..., None]], Callable[..., None]]


def _hold_option() -> Decorator:
    return click.option(
        "--hold",
        metavar="DIR",
        default=_hold_default,
        help="Where quarantined mail waits.  [default: clamgate/held in the user's state folder]",
    )


def _downstream_options(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--drop", is_flag=True, help="Throw mail away."),
        click.option("--maildir", metavar="DIR", help="Put mail into a Maildir."),
        click.option("--relay", metavar="HOST:PORT", help="Hand mail to this SMTP server."),
    ):
        function = option(function)
    return function


@click.group(invoke_without_command=True)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    default="127.0.0.1:2525",
    show_default=True,
    help="Where to listen.",
)
@click.option(
    "--milter",
    "milters",
    metavar="SOCKET",
    multiple=True,
    help="Ask this filter: /path, inet:port@host or host:port. Several are asked in their order.",
)
@click.option(
    "--default-action",
    type=click.Choice([it.value for it in DefaultAction]),
    default=DefaultAction.TEMPFAIL.value,
    show_default=True,
    help="What to do when a filter cannot be asked.",
)
@click.option(
    "--timeouts",
    nargs=3,
    type=click.FloatRange(min=0, min_open=True),
    default=(30.0, 30.0, 300.0),
    show_default=True,
    help="Seconds a filter may take to connect, for a command, and for content.",
)
@_downstream_options
@_hold_option()
@click.option("--name", default="mx.example.net", show_default=True, help="Our host name.")
@click.option(
    "--size-limit",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="The largest mail, in MB; 0 for any.",
)
@click.option("--tls-cert", metavar="FILE", help="Offer STARTTLS with this certificate (PEM).")
@click.option("--tls-key", metavar="FILE", help="Its key, if that is in another file.")
@click.option(
    "--login", "logins", metavar="NAME:PASSWORD", multiple=True, help="Offer AUTH for this one."
)
@click.option(
    "--verdict-header",
    metavar="NAME",
    default="X-Virus-Status",
    show_default=True,
    help="The header in which a filter says its verdict, for our lines.",
)
@click.option("--ready-fd", type=int, hidden=True)
@click.pass_context
def mta(context: click.Context, /, **options: Any) -> None:
    """Serve SMTP and ask milters as Postfix does; a line is shown for each mail.

    Mail goes where --relay, --maildir or --drop says; what is quarantined waits for `held` and
    `release`. It is for trying filters out: mail that --relay cannot hand on is refused, not
    queued.
    """
    if context.invoked_subcommand is None:
        _serve(options)


@mta.command()
@_hold_option()
def held(hold: str) -> None:
    """List the mail on hold, the oldest first."""
    try:
        for one in HoldQueue(Path(hold)).list():
            parcel = one.parcel
            to = ", ".join(f"<{_plain(it.address)}>" for it in parcel.recipients)
            since = f"{one.since.astimezone():%Y-%m-%d %H:%M:%S}"
            click.echo(
                f"{parcel.queue_id}  {since}  {len(parcel.content)} bytes  "
                f"<{_plain(parcel.sender)}> to {to}: {_plain(one.reason)}"
            )
    except HoldError as error:
        raise click.ClickException(str(error)) from None


@mta.command()
@_hold_option()
@_downstream_options
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def release(hold: str, ids: Sequence[str], **options: Any) -> None:
    """Let mail on hold go, by the ids that `held` shows."""
    queue = HoldQueue(Path(hold))
    downstream = _downstream(options)
    failed = False
    for queue_id in ids:
        try:
            parcel = queue.release(queue_id, downstream)
        except (HoldError, DeliveryError) as error:
            click.echo(f"ERROR: {printable(str(error))}", err=True)
            failed = True
        else:
            to = ", ".join(f"<{_plain(it.address)}>" for it in parcel.recipients)
            click.echo(f"{queue_id}: released to {to}")
    if failed:
        raise SystemExit(1)


class _Teller(Onlooker):
    """Says in a line what happened. A closed terminal does not stop the mail."""

    def __init__(self, verdict_header: bytes) -> None:
        self._header = verdict_header
        self._one_at_a_time = Lock()

    def passed(self, passage: Passage) -> None:
        self._say(mail_line(passage, self._header), err=False)

    def trouble(self, what: str) -> None:
        self._say(f"WARNING: {printable(what)}", err=True)

    def _say(self, line: str, *, err: bool) -> None:
        with self._one_at_a_time, suppress(OSError):
            click.echo(line, err=err)


def _serve(options: dict[str, Any]) -> None:
    listen = _understood("--listen", options["listen"], host_and_port)
    deadlines = Deadlines(*options["timeouts"])
    action = DefaultAction(options["default_action"])
    milters = [
        Milter(_understood("--milter", it, milter_endpoint), action, deadlines)
        for it in options["milters"]
    ]
    terms = Terms(
        listen=listen,
        name=options["name"],
        size_limit=options["size_limit"] * MEGABYTE,
        tls=_tls(options["tls_cert"], options["tls_key"]),
        logins=dict(_login(it) for it in options["logins"]),
    )
    teller = _Teller(options["verdict_header"].encode())
    downstream = _downstream(options)
    hold = HoldQueue(Path(options["hold"]))
    end_on_sigterm()
    try:
        front = Front(milters, downstream, hold, terms, teller)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {options['listen']}: {error.strerror or error}"
        ) from None
    with suppress(KeyboardInterrupt), front:
        _say_ready(options, front.port)
        Event().wait()


def _say_ready(options: dict[str, Any], port: int) -> None:
    descriptor = options["ready_fd"]
    if descriptor is not None:
        os.write(descriptor, b"+")
        os.close(descriptor)
        return
    host = host_and_port(options["listen"])[0]
    asked = ", ".join(options["milters"]) or "no filter"
    click.echo(f"clamgate mta listens on {host}:{port} and asks {asked}; ctrl-c ends it.")


def _downstream(options: dict[str, Any]) -> Downstream:
    relay, maildir, drop = options["relay"], options["maildir"], options["drop"]
    if sum(map(bool, (relay, maildir, drop))) != 1:
        raise click.UsageError("say where mail goes: one of --relay, --maildir and --drop")
    if relay:
        return Relay(*_understood("--relay", relay, host_and_port))
    return MaildirBox(Path(maildir)) if maildir else Drop()


def _understood(option: str, text: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


def _login(text: str) -> tuple[str, str]:
    name, colon, password = text.partition(":")
    if not (name and colon):
        raise click.UsageError("--login: must be NAME:PASSWORD")
    return name, password


def _tls(cert: str | None, key: str | None) -> ssl.SSLContext | None:
    if cert is None:
        if key is not None:
            raise click.UsageError("--tls-key: needs --tls-cert")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(cert, key)
    except OSError as error:  # an SSLError, too
        raise click.ClickException(f"--tls-cert {cert}: {error.strerror or error}") from None
    return context


def _plain(raw: bytes) -> str:
    return printable(readable(raw), 200)
