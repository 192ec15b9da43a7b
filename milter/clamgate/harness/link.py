"""A milter session over a socket, one exchange at a time, each with a deadline."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from clamgate.harness.session import Session
from clamgate.harness.wire import (
    Body,
    Command,
    Edit,
    EndOfHeader,
    EndOfMessage,
    Header,
    Options,
    Progress,
    ProtocolError,
    Reply,
)

Endpoint = str | tuple[str, int]
"""The path of a unix socket, or host and port."""

RECEIVE_BYTES = 65536

QUEUE_LOOK = 0.01
"""Seconds between two looks at whether a listener's queue has room."""


class FilterGoneError(Exception):
    """The filter refused the connection, or closed it before it had answered."""


class NoAnswerError(Exception):
    """The filter did not answer in time."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each thing may take, in seconds; the defaults are Postfix's milter timeouts.

    Attributes:
        connect: Connecting, and agreeing on options.
        command: Any command of the envelope, and the reply to it.
        message: Each part of the content, up to the end of message. A Progress starts it anew.
    """

    connect: float = 30.0
    command: float = 30.0
    message: float = 300.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of one command.

    Attributes:
        reply: None where none was to come: not sent, or agreed to be silent.
        edits: In the order they came.
        progress: How many times the filter said that it is still at work.
    """

    reply: Reply | None = None
    edits: tuple[Edit, ...] = ()
    progress: int = 0


class Link:
    """A connection to a filter; options are agreed on at once.

    Attributes:
        session: The protocol's state, with what was agreed on.
        edits: What the filter asked for since the last command, also where no reply followed.

    Raises:
        FilterGoneError: Nobody listens there, or the filter went away.
        NoAnswerError: A deadline passed.
        ProtocolError: The filter broke the protocol.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        offered: Options | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self.session = Session(offered)
        self.edits: list[Edit] = []
        self._deadlines = deadlines or Deadlines()
        self._socket = _connect(endpoint, self._deadlines.connect)
        try:
            self._agree()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def exchange(self, command: Command) -> Exchange:
        """Send a command, if the filter wants it, and wait for its reply, if there is to be one."""
        self.edits.clear()
        self._look_for_strays(command)
        if packet := self.session.encode(command):
            self.send_raw(packet)
        if not packet or not self.session.answers(command):
            return Exchange()
        return self._await_reply(command)

    def send_raw(self, data: bytes) -> None:
        """Send bytes that need not be the protocol's, and wait for nothing."""
        self._socket.settimeout(self._deadlines.command)
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise NoAnswerError(
                f"the filter read nothing for {self._deadlines.command:g} s"
            ) from None
        except OSError as error:
            raise FilterGoneError(f"the filter closed the connection ({error})") from error

    def await_close(self) -> None:
        """Wait until the filter closes the connection, and see that it says nothing more.

        Raises:
            NoAnswerError: It is still open at the deadline for a command.
            ProtocolError: Something arrived that nobody waits for.
        """
        until = time.monotonic() + self._deadlines.command
        try:
            while data := self._receive(until, "closing the connection"):
                self.session.receive(data)
                self._refuse_strays()
        except FilterGoneError:
            return

    def close(self) -> None:
        """Close the connection without a word."""
        self._socket.close()

    def break_off(self) -> None:
        """Let whoever waits on it, in any thread, find the connection closed."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _agree(self) -> None:
        self.send_raw(self.session.greeting())
        until = time.monotonic() + self._deadlines.connect
        while True:
            for answer in self.session.answers_to(None):
                if isinstance(answer, Options):
                    self.session.agree(answer)
                    return
            self._read_more(until, "an answer to the offer")

    def _await_reply(self, command: Command) -> Exchange:
        progress = 0
        until = self._deadline(command)
        while True:
            for answer in self.session.answers_to(command):
                if isinstance(answer, Reply):
                    return Exchange(answer, tuple(self.edits), progress)
                if isinstance(answer, Edit):
                    self.edits.append(answer)
                elif isinstance(answer, Progress):
                    progress += 1
                    until = self._deadline(command)
            self._read_more(until, f"an answer to {type(command).__name__}")

    def _look_for_strays(self, before: Command) -> None:
        """See that the filter is there and said nothing unasked, as far as it has arrived."""
        self._socket.settimeout(0)
        try:
            data = self._socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            data = None
        except OSError as error:
            raise FilterGoneError(f"the connection broke before {before} ({error})") from error
        if data is not None:
            self.session.receive(data)
        self._refuse_strays()
        if data == b"":
            raise FilterGoneError(f"the filter closed the connection before {before}")

    def _refuse_strays(self) -> None:
        if strays := list(self.session.strays()):
            raise ProtocolError(f"the filter sent {strays}, and nobody waits for that")

    def _deadline(self, command: Command) -> float:
        content = isinstance(command, Header | EndOfHeader | Body | EndOfMessage)
        return time.monotonic() + (self._deadlines.message if content else self._deadlines.command)

    def _read_more(self, until: float, awaited: str) -> None:
        data = self._receive(until, awaited)
        self.session.receive(data)
        if not data:
            raise FilterGoneError(f"the filter closed the connection; {awaited} was to come")

    def _receive(self, until: float, awaited: str) -> bytes:
        left = until - time.monotonic()
        try:
            self._socket.settimeout(max(left, 0.001))
            return self._socket.recv(RECEIVE_BYTES)
        except TimeoutError:
            raise NoAnswerError(f"the deadline passed without {awaited}") from None
        except OSError as error:
            raise FilterGoneError(
                f"the connection broke ({error}); {awaited} was to come"
            ) from error


def _connect(endpoint: Endpoint, seconds: float) -> socket.socket:
    try:
        if isinstance(endpoint, str):
            return connect_unix(endpoint, seconds)
        connection = socket.create_connection(endpoint, seconds)
        # Commands go out one by one, and some without a reply: none shall wait for the last's ACK.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        place = endpoint if isinstance(endpoint, str) else "{}:{}".format(*endpoint)
        reason = error.strerror or error
        raise FilterGoneError(f"no filter answers at {place}: {reason}") from error
    return connection


def connect_unix(path: str, seconds: float) -> socket.socket:
    """Connect to a unix socket. Where its queue is full, wait for room in it.

    With a time-out, connect() does not wait for that: it fails with EAGAIN at once (unix(7)).

    Raises:
        OSError: Nobody listens there, or there is no room after so many seconds.
    """
    until = time.monotonic() + seconds
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(seconds)
        try:
            connection.connect(path)
        except BlockingIOError:
            connection.close()
            if time.monotonic() > until:
                raise
        except OSError:
            connection.close()
            raise
        else:
            return connection
        time.sleep(QUEUE_LOOK)
