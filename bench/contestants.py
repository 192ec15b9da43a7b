"""What is compared, started before one and the same clamd, and seen to do its work."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.messages import TEXT_1K, template
from bench.program import running
from clamgate.daemon.processors import usable
from clamgate.harness.client import REFUSALS, judge
from clamgate.harness.private_clamd import EICAR, PrivateClamd
from clamgate.harness.wire import TempFail

CLAMD = "clamd"
C_MILTER = "clamav-milter"
OURS = "clamgate"
BARE = "bare pymilter"

_CLAMD_OPTIONS = {
    # No message may be over a limit: it would be answered without a scan.
    "MaxFileSize": "400M",
    "MaxScanSize": "800M",
    "StreamMaxLength": "400M",
}
_MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it


_READY_SECONDS = 20.0
_POLL = 0.1


class ContestantError(Exception):
    """One of them does not do its work."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A filter that runs.

    Attributes:
        name: As it stands in tables.
        socket: Where it is reached: a milter's unix socket, or clamd's own for bare clamd.
        pids: Its first processes; none for bare clamd, which is no filter.
    """

    name: str
    socket: str
    pids: tuple[int, ...] = ()


Start = Callable[[PrivateClamd], AbstractContextManager[Contestant]]


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder in memory, for all the temporary files of clamd and of the filters.

    On Debian 13 /tmp is in memory. On a disk, making and removing files is most of what clamd does
    for a short message, and hides what is to be compared.
    """
    with tempfile.TemporaryDirectory(
        prefix="bench-", dir=_MEMORY if _MEMORY.is_dir() else None
    ) as path:
        Path(path).chmod(0o755)  # Postfix, which is another user, has to get at a socket in it
        yield Path(path)


@contextmanager
def bench_clamd() -> Iterator[PrivateClamd]:
    """Run a clamd with a tiny database for all of them."""
    with folder() as path, PrivateClamd(path, options=_CLAMD_OPTIONS, tcp=True) as clamd:
        yield clamd


@contextmanager
def bare_clamd(clamd: PrivateClamd) -> Iterator[Contestant]:
    """No filter at all: how fast it can be."""
    yield Contestant(CLAMD, str(clamd.socket_path))


@contextmanager
def clamav_milter(clamd: PrivateClamd) -> Iterator[Contestant]:
    """Debian's C program."""
    program = shutil.which("clamav-milter", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        raise ContestantError("clamav-milter is not installed (tools/packages test)")
    with _filter(C_MILTER, [program, "-c"], _conf(clamd)) as contestant:
        yield contestant


@contextmanager
def clamgate(clamd: PrivateClamd, more: str = "", name: str = OURS) -> Iterator[Contestant]:
    """This filter, with more lines of conf if need be."""
    program = Path(sys.executable).with_name("clamgate")
    with _filter(name, [str(program), "run", "-c"], _conf(clamd) + more) as contestant:
        yield contestant


@contextmanager
def bare_pymilter(clamd: PrivateClamd) -> Iterator[Contestant]:
    """The least that a filter made with pymilter can do."""
    with folder() as path:
        socket = path / "milter.sock"
        arguments = [str(socket), str(clamd.socket_path), str(usable())]
        command = [sys.executable, "-m", "bench.bare_pymilter", *arguments]
        with running(command, socket, path) as pid:
            yield proven(Contestant(BARE, str(socket), (pid,)))


@contextmanager
def _filter(name: str, command: list[str], conf: str) -> Iterator[Contestant]:
    with folder() as path:
        socket, file = path / "milter.sock", path / "milter.conf"
        file.write_text(f"MilterSocket {socket}\nTemporaryDirectory {path}\n{conf}")
        with running([*command, str(file)], socket, path) as pid:
            yield proven(Contestant(name, str(socket), (pid,)))


def _conf(clamd: PrivateClamd) -> str:
    """Return the conf that both take: what an admin would set, with no limit in the way."""
    return (
        f"ClamdSocket unix:{clamd.socket_path}\n"
        "Foreground yes\n"
        "MilterSocketMode 666\n"
        "MaxFileSize 400M\n"
        "OnInfected Reject\n"
        "AddHeader Replace\n"
        "LogInfected Basic\n"
    )


def proven(contestant: Contestant) -> Contestant:
    """See that a filter takes a clean message and refuses a virus.

    clamav-milter defers mail until its watchdog has asked clamd; so it has some time for that.

    Raises:
        ContestantError: It does not.
    """
    clean = template(TEXT_1K)
    infected = replace(clean, body=EICAR + b"\r\n")
    end = time.monotonic() + _READY_SECONDS
    while isinstance(answer := judge(contestant.socket, clean).reply, TempFail):
        if time.monotonic() > end:
            break
        time.sleep(_POLL)
    if isinstance(answer, REFUSALS):
        raise ContestantError(f"{contestant.name} answers a clean message with {answer}")
    if not isinstance(answer := judge(contestant.socket, infected).reply, REFUSALS):
        raise ContestantError(f"{contestant.name} answers a virus with {answer}")
    return contestant
