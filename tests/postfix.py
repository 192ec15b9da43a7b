"""A real Postfix of a test's own: its conf, queue, ports and log, beside any system one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tests.mail_server import (
    COMMAND_SECONDS,
    START_SECONDS,
    MailServer,
    MailServerError,
    Queued,
    answers,
    program,
    removed,
    run,
)
from tests.postfix_conf import MAIL_OWNER, write_conf
from tests.waiting import PATIENCE, wait_until

from clamgate.harness.ports import free_port

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


def why_not() -> str | None:
    """Return why no Postfix can be run here, None if one can."""
    if program("postfix") is None:
        return "Postfix is not installed (Debian: apt install postfix)"
    if os.geteuid() != 0:
        return "only root can start a Postfix"
    return None


class PrivatePostfix(MailServer):
    """A Postfix that relays all it takes to a sink.

    Args:
        sink_port: Where on 127.0.0.1 everything is relayed to.
        smtpd_milters: For mail that comes by SMTP (``unix:/path``, ``inet:127.0.0.1:port``).
        non_smtpd_milters: For mail of the sendmail command.
        settings: More lines for main.cf; they win over ours.
        servers: For each SMTP server, on a port of its own, the settings that hold for it only.
        chroot: Whether what talks to milters is chrooted to the queue directory, as on Debian.
    """

    def __init__(  # noqa: PLR0913  all but one are optional and named
        self,
        sink_port: int,
        *,
        smtpd_milters: str = "",
        non_smtpd_milters: str = "",
        settings: Mapping[str, str] = _NO_SETTINGS,
        servers: Sequence[Mapping[str, str]] = (_NO_SETTINGS,),
        chroot: bool = False,
    ) -> None:
        self._chroot = chroot
        self._servers = servers
        self._settings = {
            "relayhost": f"[127.0.0.1]:{sink_port}",
            "smtpd_milters": smtpd_milters,
            "non_smtpd_milters": non_smtpd_milters,
            **settings,
        }
        self._folder = Path()

    def start(self) -> None:
        """Start it, and return once its SMTP servers greet.

        Raises:
            MailServerError: It cannot run here, or does not come up.
        """
        if reason := why_not():
            raise MailServerError(reason)
        self._make_folder()
        try:
            self._run("postfix", "start")
            wait_until(lambda: all(map(answers, self.ports)), "Postfix", START_SECONDS)
        except (MailServerError, TimeoutError) as error:
            log = self.log()
            self.stop()
            raise MailServerError(f"{error}\n{log}") from error
        except BaseException:  # ctrl-c
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it and remove all its files."""
        subprocess.run(
            self._command("postfix", "stop"),
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        # Its children see a moment later that their master is gone, and may write until then.
        wait_until(lambda: removed(self._folder), f"the end of {self._folder}")

    def sendmail(self, content: bytes, sender: str, *recipients: str) -> None:
        """Hand a mail to its sendmail command, as a program of this machine would."""
        command = [_path("sendmail"), "-C", self._conf, "-i", "-f", sender, "--", *recipients]
        run(command, content)

    def queue(self) -> tuple[Queued, ...]:
        """Return what is in its queue.

        postqueue looks through the active queue before the incoming one, and so misses a message
        that moves on meanwhile. No message does so twice: what one listing misses the other has.
        """
        listings = (self._run("postqueue", "-j").splitlines() for _ in range(2))
        entries = (_queued(json.loads(line)) for listing in listings for line in listing)
        return tuple({entry.id: entry for entry in entries}.values())

    def flush(self) -> None:
        """Have it try again to deliver all that was deferred."""
        self._run("postqueue", "-f")

    def release(self, queue_id: str) -> None:
        """Let a message go that is on hold, at once and not only at the next queue run."""
        self._run("postsuper", "-H", queue_id)
        self._run("postqueue", "-i", queue_id)

    def drop_held(self) -> None:
        """Throw away what is on hold."""
        self._run("postsuper", "-d", "ALL", "hold")

    def postqueue(self) -> str:
        """Return what its mailq prints; an id with a ``!`` is on hold."""
        return self._run("postqueue", "-p")

    def log(self) -> str:
        """Return its log so far, empty if it has not written any."""
        try:
            return self._log.read_text(errors="surrogateescape")
        except FileNotFoundError:
            return ""

    def wait_for_log(self, pattern: str, timeout: float = PATIENCE) -> re.Match[str]:
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
        self.ports = tuple(free_port() for _ in self._servers)
        servers = dict(zip(self.ports, self._servers, strict=True))
        write_conf(self._folder, servers, self._settings, chroot=self._chroot)

    def _command(self, name: str, *args: str) -> list[str]:
        return [_path(name), "-c", self._conf, *args]

    def _run(self, name: str, *args: str) -> str:
        return run(self._command(name, *args))


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


def _path(name: str) -> str:
    return program(name) or name
