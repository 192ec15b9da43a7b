"""`clamgate demo`: the filter at work in a minute, with a clamd of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from clamgate.cli.errors import told_plainly
from clamgate.cli.interrupts import end_on_sigterm
from clamgate.cli.mta_process import MAILDIR, MtaProcess
from clamgate.config.endpoints import clamd_socket, milter_socket
from clamgate.config.loader import Loaded, load
from clamgate.daemon.errors import StartError
from clamgate.daemon.service import serve
from clamgate.harness.endpoint import host_and_port
from clamgate.harness.private_clamd import EICAR, ClamdError, PrivateClamd

_CONF = """\
MilterSocket {listen}
ClamdSocket {clamd}
Foreground yes
ControlSocket {control}
OnInfected Reject
RejectMsg "Infected: %v"
AddHeader Replace
LogClean Full
LogInfected Full
"""

_READY = """\
clamgate listens on {listen} and scans with {clamd}.
In a second terminal, scan a mail file, here the EICAR test file:
    .venv/bin/clamgate scan -c {conf} {eicar}
Send mail through the mail server that asks it on {smtp}, a clean one and the virus:
    swaks --to you@example.test --server {smtp}
    swaks --to you@example.test --server {smtp} --attach @{eicar}
What passes lies in {maildir}.
Look on, or see what became of a mail:
    .venv/bin/clamgate top -c {conf}
    .venv/bin/clamgate history -c {conf}
Let a Postfix of yours ask it:
    postconf -e smtpd_milters={milter} && postfix reload
ctrl-c ends it.
"""


def _checked(
    parse: Callable[[str], object],
) -> Callable[[click.Context, click.Parameter, str], str]:
    """Have a socket refused while nothing is started, and in the words of the option."""

    def callback(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
        try:
            if text:
                parse(text)
        except ValueError as error:
            raise click.BadParameter(f"{text}: {error}") from None
        return text

    return callback


@click.command()
@click.option(
    "--listen",
    metavar="SOCKET",
    default="inet:7357@127.0.0.1",
    show_default=True,
    callback=_checked(milter_socket),
    help="Where MTAs reach the filter, as MilterSocket has it.",
)
@click.option(
    "--clamd",
    metavar="SOCKET",
    envvar="CLAMD_SOCKET",
    show_envvar=True,
    callback=_checked(lambda text: clamd_socket(_socket(text))),
    help="Scan with this clamd (unix:/path or tcp:host:port); without it, a private one is started "
    "that knows the EICAR and ClamAV test files.",
)
@click.option(
    "--smtp",
    metavar="HOST:PORT",
    default="127.0.0.1:2525",
    show_default=True,
    callback=_checked(host_and_port),
    help="Where a mail server listens that asks the filter.",
)
def demo(listen: str, clamd: str | None, smtp: str) -> None:
    """Try the filter out: refuse what is infected, log every mail, until ctrl-c."""
    end_on_sigterm()
    with told_plainly(), ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="clamgate-")))
        socket = _socket(clamd) if clamd else _private_clamd(stack, folder)
        conf = folder / "clamav-milter.conf"
        conf.write_text(_CONF.format(listen=listen, clamd=socket, control=folder / "control"))
        eicar = folder / "eicar.com"
        eicar.write_bytes(EICAR)
        reread = partial(load, str(conf))
        stack.enter_context(MtaProcess(folder, smtp, listen))
        words = _READY.format(
            listen=listen,
            clamd=socket,
            smtp=smtp,
            maildir=folder / MAILDIR,
            milter=_for_postfix(listen),
            conf=conf,
            eicar=eicar,
        )
        status = _serve(reread, words)
    sys.exit(status)


def _serve(reread: Callable[[], Loaded], words: str) -> int:
    try:
        return serve(reread().settings, reread, ready=lambda: click.echo(words))
    except StartError as error:
        raise StartError(f"{error}; --listen takes another socket") from error


def _private_clamd(stack: ExitStack, folder: Path) -> str:
    click.echo("starting a private clamd ...")
    try:
        return f"unix:{stack.enter_context(PrivateClamd(folder)).socket_path}"
    except ClamdError as error:
        raise StartError(str(error)) from error


def _socket(given: str) -> str:
    return f"unix:{given}" if given.startswith("/") else given


def _for_postfix(listen: str) -> str:
    """Return a MilterSocket in Postfix's words: ``inet:port@host`` is ``inet:host:port`` there."""
    scheme, _, rest = listen.partition(":")
    port, _, host = rest.partition("@")
    if scheme in ("inet", "inet6"):
        return f"{scheme}:{host or 'localhost'}:{port}"
    return listen if scheme in ("unix", "local") else f"unix:{listen}"
