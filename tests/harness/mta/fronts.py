"""What tests of the front say to it, and what it says to them."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self

from clamgate.harness.mta.delivery import Parcel
from clamgate.harness.mta.report import Onlooker, Passage

READ_SECONDS = 30.0


class Watcher(Onlooker):
    """Keeps what a front tells."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self.troubles: list[str] = []

    def passed(self, passage: Passage) -> None:
        self.passages.append(passage)

    def trouble(self, what: str) -> None:
        self.troubles.append(what)


class Kept:
    """A downstream that keeps what it gets, whatever its lines are like."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []

    def deliver(self, parcel: Parcel) -> None:
        self.parcels.append(parcel)


class RawClient:
    """An SMTP client that sends exactly what it is told to, and returns replies as they come."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), READ_SECONDS)
        self._received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> bytes:
        """Return the next reply, its lines joined by CRLF; empty if the connection was closed."""
        lines: list[bytes] = []
        while line := self._line():
            lines.append(line)
            if line[3:4] != b"-":
                break
        return b"\r\n".join(lines)

    def say(self, command: bytes) -> bytes:
        """Send a command, and return the reply."""
        self.send(command + b"\r\n")
        return self.reply()

    def gone(self) -> bool:
        """Whether the server says nothing more and closes the connection."""
        try:
            return self.reply() == b""
        except ConnectionError:
            return True

    def begin(self, *recipients: bytes) -> None:
        """Go as far as DATA with a message."""
        assert self.reply().startswith(b"220 ")
        for command in (
            b"EHLO c.test",
            b"MAIL FROM:<s@x.test>",
            *(b"RCPT TO:" + it for it in recipients or (b"<r@x.test>",)),
            b"DATA",
        ):
            assert self.say(command)[:1] in b"23"

    def _line(self) -> bytes:
        while b"\r\n" not in self._received:
            data = self.socket.recv(65536)
            if not data:
                return b""
            self._received += data
        line, _, self._received = self._received.partition(b"\r\n")
        return line
