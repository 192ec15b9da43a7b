"""What an SMTP client says, step by step, and what it gets to hear.

It says what it was told to, whatever the answers are; only a message is not sent where DATA was
refused.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SECONDS = 60.0
"""For one reply; no MTA of the comparison is told to wait that long for its filter."""


@dataclass(frozen=True, slots=True)
class Say:
    """Commands that go out in one piece (pipelining, if there are several)."""

    lines: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Send:
    """A message, after DATA; it is dot-stuffed on the way."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection is closed without a word, after these bytes of a message, if any."""

    content: bytes = b""


Step = Say | Send | Drop


def say(*lines: str) -> Say:
    """Return a step of one command, or of several at once."""
    return Say(tuple(line.encode() for line in lines))


def converse(port: int, steps: Iterable[Step]) -> tuple[str, ...]:
    """Talk to an SMTP server on 127.0.0.1, and return each reply behind what it is the reply to.

    Of a reply that accepts only the code is kept; what MTAs say there is for nobody. The last word
    is ``closed`` if the server ended the connection while there was more to say.
    """
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        return tuple(_Conversation(connection).words(steps))


class _Conversation:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._data_is_open = False

    def words(self, steps: Iterable[Step]) -> Iterator[str]:
        try:
            yield f"greeting {self._reply()}"
            for step in steps:
                yield from self._take(step)
        except ConnectionError:
            yield "closed"
        finally:
            self._stream.close()

    def _take(self, step: Step) -> Iterator[str]:
        match step:
            case Say(lines):
                self._connection.sendall(b"".join(line + b"\r\n" for line in lines))
                for line in lines:
                    yield f"{line.decode()} {self._reply()}"
            case Send(content) if self._data_is_open:
                self._connection.sendall(_stuffed(content) + b".\r\n")
                yield f"message {self._reply()}"
            case Drop(content):
                self._connection.sendall(_stuffed(content))

    def _reply(self) -> str:
        lines = list(self._lines())
        code = lines[-1][:3]
        self._data_is_open = code == "354"
        return code if code < "4" else " | ".join([code, *(line[4:] for line in lines)])

    def _lines(self) -> Iterator[str]:
        while True:
            line = self._stream.readline()
            if not line.endswith(b"\n"):
                raise ConnectionError("the server closed the connection")
            text = line.decode(errors="replace").rstrip("\r\n")
            yield text
            if text[3:4] != "-":
                return


def _stuffed(content: bytes) -> bytes:
    return re.sub(rb"^\.", b"..", content, flags=re.MULTILINE)
