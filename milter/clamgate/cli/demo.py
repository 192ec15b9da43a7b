"""`clamgate demo`: the filter at work in a minute, with a clamd of its own."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import click

from clamgate.cli.errors import leave, told_plainly
from clamgate.config.loader import load
from clamgate.daemon.errors import StartError
from clamgate.daemon.service import serve
from clamgate.harness.private_clamd import EICAR, ClamdError, PrivateClamd

_CONF = """\
MilterSocket {listen}
ClamdSocket {clamd}
Foreground yes
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
Let Postfix ask it, and send that file through:
    postconf -e smtpd_milters={milter} && postfix reload
    swaks --to you@example.test --server 127.0.0.1 --attach @{eicar}
ctrl-c ends it.
"""


@click.command()
@click.option(
    "--listen",
    metavar="SOCKET",
    default="inet:7357@127.0.0.1",
    show_default=True,
    help="Where MTAs reach the filter, as MilterSocket has it.",
)
@click.option(
    "--clamd",
    metavar="SOCKET",
    envvar="CLAMD_SOCKET",
    help="Scan with this clamd (unix:/path or tcp:host:port); without it, a private one is started "
    "that knows the EICAR and ClamAV test files.  [env var: CLAMD_SOCKET]",
)
def demo(listen: str, clamd: str | None) -> None:
    """Try the filter out: refuse what is infected, log every mail, until ctrl-c."""
    signal.signal(signal.SIGTERM, _interrupt)
    with told_plainly(), ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="clamgate-")))
        socket = _socket(clamd) if clamd else _private_clamd(stack, folder)
        conf = folder / "clamav-milter.conf"
        conf.write_text(_CONF.format(listen=listen, clamd=socket))
        eicar = folder / "eicar.com"
        eicar.write_bytes(EICAR)
        settings = load(str(conf)).settings
        words = _READY.format(
            listen=listen, clamd=socket, milter=_for_postfix(listen), conf=conf, eicar=eicar
        )
        status = serve(settings, ready=lambda: click.echo(words))
    leave(status)


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


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End as ctrl-c does, so that what was started before the filter serves is taken down too."""
    raise KeyboardInterrupt
