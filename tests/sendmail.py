"""A real Sendmail of a test's own: its conf, queues and ports, beside any system mail server.

It runs from where tools/sendmail unpacked it, in namespaces of its own: a host name without a
domain would hold up each start for a minute, and all its processes are to end with the first.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.mail_server import (
    HOST_NAME,
    START_SECONDS,
    MailServer,
    MailServerError,
    Queued,
    answers,
    program,
    removed,
    run,
)
from tests.sendmail_conf import SUBMITTER, write_conf
from tests.waiting import wait_until

from clamgate.harness.ports import free_port

SOFTWARE = Path(__file__).resolve().parents[1] / ".venv" / "sendmail"
PROGRAM = SOFTWARE / "usr/libexec/sendmail/sendmail"

STOP_SECONDS = 30.0

_AS_ANOTHER_HOST = f'hostname {HOST_NAME} && mount --bind "$0" /etc/hosts && exec "$@"'


def why_not() -> str | None:
    """Return why no Sendmail can be run here, None if one can."""
    if not PROGRAM.exists():
        return "Sendmail was not unpacked (tools/sendmail does it, from Debian's packages)"
    if os.geteuid() != 0:
        return "only root can start a Sendmail"
    if program("unshare") is None:
        return "there is no unshare (Debian: apt install util-linux)"
    return None


class PrivateSendmail(MailServer):
    """A Sendmail that relays all it takes to a sink.

    Args:
        sink_port: Where on 127.0.0.1 everything is relayed to.
        lines: More lines of its .mc file, such as INPUT_MAIL_FILTER.
        servers: For each SMTP server, on a port of its own, what is added to DAEMON_OPTIONS
            (``, InputMailFilters=one``). Mail of the sendmail command goes by the first.
    """

    def __init__(self, sink_port: int, *, lines: str = "", servers: Sequence[str] = ("",)) -> None:
        self._sink_port = sink_port
        self._lines = lines
        self._servers = servers
        self._folder = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return once its SMTP servers greet.

        Raises:
            MailServerError: It cannot run here, or does not come up.
        """
        if reason := why_not():
            raise MailServerError(reason)
        self._make_folder()
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                self._command("server", "-bD", "-q1h", pid_namespace=True),
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(self._is_up, "Sendmail", START_SECONDS)
        except (MailServerError, TimeoutError) as error:
            said = self._output.read_text(errors="replace")
            self.stop()
            raise MailServerError(f"{error}\n{said}") from error
        except BaseException:  # ctrl-c
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it and remove all its files."""
        if self._process is not None:
            # With unshare dies the first process of the namespace, and with that all others.
            self._process.kill()
            self._process.wait(STOP_SECONDS)
            self._process = None
        wait_until(lambda: removed(self._folder), f"the end of {self._folder}")

    def sendmail(self, content: bytes, sender: str, *recipients: str) -> None:
        """Hand a mail to its sendmail command, as a program of this machine would."""
        self._run("submit", "-i", "-f", sender, "--", *recipients, content=content)

    def queue(self) -> tuple[Queued, ...]:
        """Return what is in its queue, and what its sendmail command could not hand over."""
        listings = (self._run(conf, "-bp", *held) for conf, *held in _LISTINGS)
        return tuple(one for listing in listings for one in parse_mailq(listing))

    def flush(self) -> None:
        """Have it try again to deliver all that was deferred."""
        for conf in ("submit", "server"):
            self._run(conf, "-q")

    def release(self, queue_id: str) -> None:
        """Let a message go that is on hold, at once and not only at the next queue run."""
        wait_until(lambda: self._is_let_go(queue_id), f"{queue_id} off hold")
        self._run("server", f"-qI{queue_id}")

    def drop_held(self) -> None:
        """Throw away what is on hold: Sendmail has no command for it, its manual says rm."""
        for envelope in (self._folder / "queue").glob("hf*"):
            (envelope.parent / f"df{envelope.name[2:]}").unlink(missing_ok=True)
            envelope.unlink()

    def mailq(self, *options: str) -> str:
        """Return what its mailq prints."""
        return self._run("server", "-bp", *options)

    def _is_let_go(self, queue_id: str) -> bool:
        """Take a message off hold, and tell whether it is.

        Sendmail passes over one that is locked, as it is for a moment after its SMTP client was
        told that it is taken.
        """
        self._run("server", "-qQ", "-Q", f"-qI{queue_id}")
        return all(queued.id != queue_id for queued in parse_mailq(self.mailq("-qQ")))

    @property
    def _output(self) -> Path:
        return self._folder / "output"

    def _make_folder(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="sm-", dir="/tmp"))
        self._folder.chmod(0o755)
        (self._folder / "conf").mkdir(mode=0o755)
        (self._folder / "queue").mkdir(mode=0o700)
        (self._folder / "submitted").mkdir()
        (self._folder / "submitted").chmod(0o770)
        shutil.chown(self._folder / "submitted", SUBMITTER, SUBMITTER)
        self.ports = tuple(free_port() for _ in self._servers)
        servers = dict(zip(self.ports, self._servers, strict=True))
        write_conf(SOFTWARE, self._folder, self._sink_port, servers, self._lines)

    def _is_up(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise MailServerError(f"Sendmail ended at its start with {self._process.returncode}")
        return all(map(answers, self.ports))

    def _command(self, conf: str, *args: str, pid_namespace: bool = False) -> list[str]:
        own = ["--pid", "--fork", "--kill-child"] if pid_namespace else []
        folder = self._folder / "conf"
        shell = ["sh", "-c", _AS_ANOTHER_HOST, f"{folder}/hosts"]
        return [
            "unshare",
            "--uts",
            "--mount",
            *own,
            *shell,
            str(PROGRAM),
            f"-C{folder}/{conf}.cf",
            *args,
        ]

    def _run(self, conf: str, *args: str, content: bytes = b"") -> str:
        return run(self._command(conf, *args), content, _environment())


def parse_mailq(listing: str) -> tuple[Queued, ...]:
    """Return the messages of a listing of mailq.

    Each has a line that begins with its id, then lines for why it waits, in brackets, or is held,
    and for each recipient; one that is just being delivered has a ``*`` behind its id, and one
    that was delivered while mailq looked has no sender.
    """
    _, *entries = _NEXT_ENTRY.split(listing)
    return tuple(_entry(*entry.splitlines()) for entry in entries)


_LISTINGS = (("submit",), ("server", "-qQ"), ("server",))
"""In the order in which messages move on, so that none is missed that does so meanwhile."""

_NEXT_ENTRY = re.compile(r"^(?=\w{14})", re.MULTILINE)
_TITLE = re.compile(r"^(?P<id>\w{14,})(?P<state>[*X-]?)(?:\s.*<(?P<sender>.*)>|.*)$")
_REASON = re.compile(r"^ +(?:\((?P<failed>.*)\)|QUARANTINE: (?P<held>.*))$")
_RECIPIENT = re.compile(r"^\t+ ?<(?P<address>.*)>$")


def _entry(title: str, *lines: str) -> Queued:
    first = _TITLE.match(title)
    assert first is not None, title
    reasons = [found for line in lines if (found := _REASON.match(line))]
    recipients = [found["address"] for line in lines if (found := _RECIPIENT.match(line))]
    failed = tuple(found["failed"] for found in reasons if found["failed"] is not None)
    held = tuple(found["held"] for found in reasons if found["held"] is not None)
    waiting = "active" if first["state"] == "*" else "deferred" if failed else "incoming"
    return Queued(
        queue="hold" if held else waiting,
        id=first["id"],
        sender=first["sender"] or "",
        recipients=tuple(recipients),
        reasons=held or failed,
    )


def _environment() -> dict[str, str]:
    libraries = [str(folder) for folder in (SOFTWARE / "usr/lib").glob("*")]
    return os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(libraries)}
