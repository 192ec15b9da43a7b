"""A connection that sends whatever it likes, and then sees how the filter ends it."""

from __future__ import annotations

import contextlib
import socket
import time
from types import TracebackType
from typing import Self

from tests.hostile.tally import Tally

from clamgate.harness.link import connect_unix
from clamgate.harness.wire import Answer, FrameReader, Options, decode_answer

DEADLINE = 60.0
"""Seconds after which a connection hangs: the largest message takes 5 s on a busy machine."""


class Assault:
    """One hostile session. Bytes go out as they are; nobody waits for an answer before the end."""

    def __init__(self, endpoint: str, tally: Tally) -> None:
        self._tally = tally
        self._socket = connect_unix(endpoint, DEADLINE)
        tally.opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close without a word."""
        self._socket.close()

    def send(self, data: bytes, packets: int = 1) -> bool:
        """Send, and say whether the filter still listened.

        Raises:
            TimeoutError: It reads no more, but holds the connection open.
        """
        self._tally.sent(packets)
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def end(self) -> list[Answer | Options]:
        """Send no more, wait until the filter closes, and return all that it said.

        Raises:
            TimeoutError: It did not close in time.
            ProtocolError: It said what no filter says.
        """
        with contextlib.suppress(OSError):  # it has closed already
            self._socket.shutdown(socket.SHUT_WR)
        return self.await_close()

    def await_close(self) -> list[Answer | Options]:
        """Like `end`, but it is the filter that has to end it."""
        reader = FrameReader()
        answers: list[Answer | Options] = []
        until = time.monotonic() + DEADLINE
        while data := self._receive(until):
            reader.feed(data)
            answers.extend(decode_answer(frame) for frame in reader.frames())
        reader.close()
        return answers

    def _receive(self, until: float) -> bytes:
        self._socket.settimeout(max(until - time.monotonic(), 0.001))
        try:
            return self._socket.recv(1 << 20)
        except ConnectionResetError:  # it closed with some of ours unread
            return b""
        except TimeoutError:
            self._tally.unanswered("the filter neither answered nor closed the connection")
            raise


def assault(endpoint: str, tally: Tally, data: bytes, packets: int = 1) -> list[Answer | Options]:
    """Send this in a session of its own, and return all that the filter said."""
    with Assault(endpoint, tally) as attacker:
        attacker.send(data, packets)
        return attacker.end()
