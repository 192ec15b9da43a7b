"""A real Postfix of a test's own: its conf, queue, ports and log, beside any system one."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from tests.postfix_conf import MAIL_OWNER, write_conf
from tests.waiting import wait_until

START_SECONDS = 30.0
COMMAND_SECONDS = 60.0
START_ATTEMPTS = 3
"""A free port can be taken by another between looking and listening."""

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


def why_not() -> str | None:
    """Return why no Postfix can be run here, None if one can."""
    if shutil.which("postfix", path=_search_path()) is None:
        return "Postfix is not installed (Debian: apt install postfix)"
    if os.geteuid() != 0:
        return "only root can start a Postfix"
    return None


class PostfixError(Exception):
    """A Postfix command failed, or did not do what it should. The text has its output."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A message in the queue.

    Attributes:
        queue: ``hold``, ``deferred``, ``active``, ``incoming`` or ``maildrop``.
        id: Its queue id.
        sender: Without angle brackets.
        recipients: Those that are still to get it.
        reasons: Why the last delivery to each of them failed, where it did.
    """

    queue: str
    id: str
    sender: str
    recipients: tuple[str, ...]
    reasons: tuple[str, ...]


class PrivatePostfix:
    """A Postfix that relays all it takes to a sink; as a context manager it runs inside the block.

    Args:
        sink_port: Where on 127.0.0.1 everything is relayed to.
        smtpd_milters: For mail that comes by SMTP (``unix:/path``, ``inet:127.0.0.1:port``).
        non_smtpd_milters: For mail of the sendmail command.
        settings: More lines for main.cf; they win over ours.
        chroot: Whether what talks to milters is chrooted to the queue directory, as on Debian.

    Attributes:
        port: Where on 127.0.0.1 its SMTP server listens, once it was started.
    """

    def __init__(
        self,
        sink_port: int,
        *,
        smtpd_milters: str = "",
        non_smtpd_milters: str = "",
        settings: Mapping[str, str] = _NO_SETTINGS,
        chroot: bool = False,
    ) -> None:
        self.port = 0
        self._chroot = chroot
        self._settings = {
            "relayhost": f"[127.0.0.1]:{sink_port}",
            "smtpd_milters": smtpd_milters,
            "non_smtpd_milters": non_smtpd_milters,
            **settings,
        }
        self._folder = Path()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and return once its SMTP server greets.

        Raises:
            PostfixError: It cannot run here, or does not come up.
        """
        if reason := why_not():
            raise PostfixError(reason)
        for attempt in range(1, START_ATTEMPTS + 1):
            self._make_folder()
            try:
                self._run("postfix", "start")
                wait_until(self._greets, "the greeting of Postfix", START_SECONDS)
            except (PostfixError, TimeoutError) as error:
                log = self.log()
                self.stop()
                if "in use" not in log or attempt == START_ATTEMPTS:
                    raise PostfixError(f"{error}\n{log}") from error
            else:
                return

    def stop(self) -> None:
        """Stop it and remove all its files."""
        subprocess.run(
            self._command("postfix", "stop"),
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        # Its children see a moment later that their master is gone, and may write until then.
        wait_until(lambda: _gone(self._folder), f"the end of {self._folder}")

    def sendmail(self, content: bytes, sender: str, *recipients: str) -> None:
        """Hand a mail to its sendmail command, as a program of this machine would."""
        command = [_program("sendmail"), "-C", self._conf, "-i", "-f", sender, "--", *recipients]
        self._check(command, content)

    def queue(self) -> tuple[Queued, ...]:
        """Return what is in its queue."""
        listing = self._run("postqueue", "-j").splitlines()
        return tuple(_queued(json.loads(line)) for line in listing)

    def wait_for_queue(
        self, queue: str, count: int = 1, timeout: float = 30.0
    ) -> tuple[Queued, ...]:
        """Return the messages of one queue once there are `count` of them.

        Raises:
            TimeoutError: There were fewer within `timeout` seconds.
        """

        def look() -> tuple[Queued, ...] | None:
            found = tuple(message for message in self.queue() if message.queue == queue)
            return found if len(found) >= count else None

        found = wait_until(look, f"{count} messages in queue {queue}", timeout)
        assert found is not None
        return found

    def flush(self) -> None:
        """Have it try again to deliver all that was deferred."""
        self._run("postqueue", "-f")

    def release(self, queue_id: str) -> None:
        """Let a message go that is on hold, at once and not only at the next queue run."""
        self._run("postsuper", "-H", queue_id)
        self._run("postqueue", "-i", queue_id)

    def clear(self, timeout: float = 30.0) -> None:
        """Throw away what is on hold, and return once all else is delivered.

        Raises:
            TimeoutError: Something is still in the queue after `timeout` seconds.
        """
        self._run("postsuper", "-d", "ALL", "hold")
        wait_until(lambda: not self.queue(), "an empty queue", timeout)

    def log(self) -> str:
        """Return its log so far, empty if it has not written any."""
        try:
            return self._log.read_text(errors="surrogateescape")
        except FileNotFoundError:
            return ""

    def wait_for_log(self, pattern: str, timeout: float = 30.0) -> re.Match[str]:
        """Return the first place of its log that a regular expression finds, once there is one.

        Raises:
            TimeoutError: There was none within `timeout` seconds.
        """
        found = wait_until(
            lambda: re.search(pattern, self.log()), f"{pattern!r} in the log of Postfix", timeout
        )
        assert found is not None
        return found

    @property
    def queue_directory(self) -> Path:
        """Its queue, and the root of what is chrooted."""
        return self._folder / "queue"

    @property
    def _conf(self) -> str:
        return str(self._folder / "conf")

    @property
    def _log(self) -> Path:
        return self._folder / "log" / "maillog"

    def _make_folder(self) -> None:
        """Lay out a new instance. All the way down, its queue has to be open to Postfix's user."""
        self._folder = Path(tempfile.mkdtemp(prefix="pfx-", dir="/tmp"))
        self._folder.chmod(0o755)
        for name in ("conf", "queue", "data", "log"):
            (self._folder / name).mkdir(mode=0o755)
        shutil.chown(self._folder / "data", MAIL_OWNER)
        self.port = _free_port()
        write_conf(self._folder, self.port, self._settings, chroot=self._chroot)

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5.0) as client:
                return client.recv(4).startswith(b"220")
        except OSError:
            return False

    def _command(self, program: str, *args: str) -> list[str]:
        return [_program(program), "-c", self._conf, *args]

    def _run(self, program: str, *args: str) -> str:
        return self._check(self._command(program, *args))

    def _check(self, command: Sequence[str], content: bytes = b"") -> str:
        done = subprocess.run(
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        output = done.stdout.decode(errors="replace")
        if done.returncode:
            raise PostfixError(f"{' '.join(command)} ended with {done.returncode}: {output}")
        return output


def _queued(entry: dict[str, object]) -> Queued:
    recipients = entry["recipients"]
    assert isinstance(recipients, list)
    return Queued(
        queue=str(entry["queue_name"]),
        id=str(entry["queue_id"]),
        sender=str(entry["sender"]),
        recipients=tuple(recipient["address"] for recipient in recipients),
        reasons=tuple(r["delay_reason"] for r in recipients if "delay_reason" in r),
    )


def _gone(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _program(name: str) -> str:
    return shutil.which(name, path=_search_path()) or name


def _search_path() -> str:
    """Root's commands are not on every user's PATH."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
