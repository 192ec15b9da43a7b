"""What the tests ask of a real MTA, whichever it is."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.waiting import PATIENCE, wait_until

HOST_NAME = "mx.example.net"
START_SECONDS = 60.0

COMMAND_SECONDS = 60.0


class MailServerError(Exception):
    """A command of an MTA failed, or did not do what it should. The text has its output."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A message in the queue.

    Attributes:
        queue: ``hold`` if it is in quarantine, ``deferred`` after a delivery that failed, or
            another of the MTA's names.
        id: Its queue id.
        sender: Without angle brackets.
        recipients: Those that are still to get it.
        reasons: Why it was not delivered; why it is held, where the MTA keeps that.
    """

    queue: str
    id: str
    sender: str
    recipients: tuple[str, ...]
    reasons: tuple[str, ...]


class MailServer(ABC):
    """An MTA of a test's own, which relays all it takes; as a context manager it runs inside.

    Attributes:
        ports: Where on 127.0.0.1 its SMTP servers listen, once it was started.
    """

    ports: tuple[int, ...] = ()

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

    @property
    def port(self) -> int:
        """The first of its ports."""
        return self.ports[0]

    @abstractmethod
    def start(self) -> None:
        """Start it, and return once its SMTP servers greet.

        Raises:
            MailServerError: It cannot run here, or does not come up.
        """

    @abstractmethod
    def stop(self) -> None:
        """Stop it and remove all its files."""

    @abstractmethod
    def sendmail(self, content: bytes, sender: str, *recipients: str) -> None:
        """Hand a mail to its sendmail command, as a program of this machine would."""

    @abstractmethod
    def queue(self) -> tuple[Queued, ...]:
        """Return what is in its queue."""

    @abstractmethod
    def flush(self) -> None:
        """Have it try again to deliver all that was deferred."""

    @abstractmethod
    def release(self, queue_id: str) -> None:
        """Let a message go that is on hold, at once and not only at the next queue run."""

    @abstractmethod
    def drop_held(self) -> None:
        """Throw away what is on hold."""

    def wait_for_queue(
        self, queue: str, count: int = 1, timeout: float = PATIENCE
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

    def wait_until_delivered(self, timeout: float = PATIENCE) -> None:
        """Return once nothing is in the queue but what is on hold.

        Raises:
            TimeoutError: Something still is after `timeout` seconds.
        """
        wait_until(
            lambda: all(message.queue == "hold" for message in self.queue()),
            "a queue with nothing to deliver",
            timeout,
        )

    def clear(self, timeout: float = PATIENCE) -> None:
        """Throw away what is on hold, and return once all else is delivered.

        Raises:
            TimeoutError: Something is still in the queue after `timeout` seconds.
        """
        self.drop_held()
        wait_until(lambda: not self.queue(), "an empty queue", timeout)


def run(
    command: Sequence[str | Path],
    content: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run one of an MTA's commands and return what it printed.

    Raises:
        MailServerError: Its exit status is not 0.
    """
    done = subprocess.run(
        command,
        input=content,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    output = done.stdout.decode(errors="replace")
    if done.returncode:
        raise MailServerError(
            f"{' '.join(map(str, command))} ended with {done.returncode}: {output}"
        )
    return output


def program(name: str) -> str | None:
    """Return where a program of the system's is; root's are not on every user's PATH."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))


def answers(port: int) -> bool:
    """Tell whether an SMTP server is there, be its first word a greeting or that it is closed.

    Where somebody listens this waits for the word: to give up early would leave a session behind
    that reaches the filter later, beside those of the test.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), START_SECONDS) as client:
            return client.recv(4)[:3].isdigit()
    except OSError:
        return False


def removed(folder: Path) -> bool:
    """Remove a folder, and tell whether it is gone: its programs may write until they end."""
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
