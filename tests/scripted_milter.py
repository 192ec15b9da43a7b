"""A milter that answers what a test tells it to, and checks what it is sent."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import Enum
from threading import Condition, Thread
from types import MappingProxyType, TracebackType
from typing import Self

from tests.waiting import PATIENCE

from clamgate.harness.wire import (
    Abort,
    Accept,
    Answer,
    Body,
    Command,
    Connect,
    Continue,
    Data,
    Discard,
    EndOfHeader,
    EndOfMessage,
    FrameReader,
    Header,
    Helo,
    Macros,
    Mail,
    Options,
    ProtocolError,
    Quit,
    QuitNewConnection,
    Rcpt,
    Reject,
    Reply,
    ReplyCode,
    Shutdown,
    Steps,
    TempFail,
    Unknown,
    decode_command,
    encode,
)


class HangUp(Enum):
    """Instead of an answer: close the connection, as a filter does that crashes."""

    NOW = "now"


Script = Mapping[type[Command] | Command, tuple[Answer | bytes | HangUp, ...]]
"""What to say to a command of a kind, or to just that one, which wins.

Answers, or bytes that go out as they are. Nothing is silence.
"""

NO_SCRIPT: Script = MappingProxyType({})

_ORDER: tuple[type[Command], ...] = (Mail, Rcpt, Data, Header, EndOfHeader, Body, EndOfMessage)
_DECISIVE = (Mail, Data, Header, EndOfHeader, Body)
_SETTLING = (Accept, Discard, Reject, TempFail, ReplyCode, Shutdown)
_OUTSIDE = -1
"""The place of what belongs to no message."""

_JOIN_SECONDS = 10.0


class ScriptedMilter:
    """A filter on a unix socket or a free port of 127.0.0.1, each session in a thread of its own.

    What it is not told about it answers with Continue, and the end of a message with Accept. What
    an MTA must not send makes `__exit__` fail: malformed packets, steps that this filter did not
    want, commands out of their order.

    Args:
        script: What it answers.
        wants: Its answer to the MTA's offer.
        path: Of a unix socket; None for TCP.

    Attributes:
        endpoint: Where it listens, for `MilterClient`.
        sessions: For each connection, what the MTA sent, the offer first.
    """

    def __init__(
        self,
        script: Script = NO_SCRIPT,
        *,
        wants: Options | bytes | None = None,
        path: str | None = None,
    ) -> None:
        self.sessions: list[list[Command | Options]] = []
        self._script = script
        self._wants = Options() if wants is None else wants
        self._listener = _listen(path)
        self.endpoint: str | tuple[str, int] = self._listener.getsockname()
        self._faults: list[str] = []
        self._open = 0
        self._connections: list[socket.socket] = []
        self._threads: list[Thread] = []
        self._changed = Condition()
        self._acceptor = Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if error is None:
            self.check()

    @property
    def postfix_name(self) -> str:
        """What it is called in Postfix's smtpd_milters."""
        if isinstance(self.endpoint, str):
            return f"unix:{self.endpoint}"
        return f"inet:{self.endpoint[0]}:{self.endpoint[1]}"

    @property
    def sendmail_name(self) -> str:
        """What it is called in Sendmail's INPUT_MAIL_FILTER, after ``S=``."""
        if isinstance(self.endpoint, str):
            return f"unix:{self.endpoint}"
        return f"inet:{self.endpoint[1]}@{self.endpoint[0]}"

    def check(self) -> None:
        """Fail the test if an MTA sent what it must not send."""
        faults = self.take_faults()
        assert not faults, "; ".join(faults)

    def take_faults(self) -> tuple[str, ...]:
        """Return what an MTA sent and must not send, and forget it."""
        with self._changed:
            faults, self._faults = self._faults, []
        return tuple(faults)

    def teach(self, script: Script = NO_SCRIPT, wants: Options | bytes | None = None) -> None:
        """Forget the sessions so far, and from the next one on answer so."""
        with self._changed:
            self._script = script
            self._wants = Options() if wants is None else wants
            self.sessions = []

    def close(self) -> None:
        """End all sessions at once, and listen no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(_JOIN_SECONDS)
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)

    def commands(self, session: int = -1) -> list[Command]:
        """Return what an MTA sent in one session, without the offer and without macros."""
        with self._changed:
            sent = self.sessions[session]
            return [it for it in sent if isinstance(it, Command) and not isinstance(it, Macros)]

    def macros(self, stage: type[Command], session: int = -1) -> dict[bytes, bytes]:
        """Return the macros that an MTA last sent before one kind of command."""
        with self._changed:
            found = [it for it in self.sessions[session] if isinstance(it, Macros)]
        values = [it.values for it in found if it.stage == stage.LETTER]
        return dict(values[-1]) if values else {}

    def wait_for_sessions(self, ended: int, timeout: float = PATIENCE) -> None:
        """Wait until so many sessions were ended by a Quit.

        Raises:
            TimeoutError: There were fewer within `timeout` seconds.
        """

        def enough() -> bool:
            return sum(bool(it) and isinstance(it[-1], Quit) for it in self.sessions) >= ended

        with self._changed:
            if not self._changed.wait_for(enough, timeout):
                raise TimeoutError(f"fewer than {ended} sessions ended in {timeout:g} s")

    def wait_until_idle(self, timeout: float = PATIENCE) -> None:
        """Wait until no session is open.

        Raises:
            TimeoutError: One still is after `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._open == 0, timeout):
                raise TimeoutError(f"{self._open} sessions are open after {timeout:g} s")

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self._open += 1
            thread = Thread(target=self._serve, args=(connection,), daemon=True)
            self._connections.append(connection)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self._talk(connection)
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def _talk(self, connection: socket.socket) -> None:
        sent: list[Command | Options] = []
        settled = False
        with self._changed:
            self.sessions.append(sent)
        with connection, suppress(ConnectionError):
            try:
                for command in _received(connection):
                    with self._changed:
                        sent.append(command)
                        self._changed.notify_all()
                    # Sendmail sends no Abort for a message that the filter itself has settled.
                    if not (settled and isinstance(command, Mail)):
                        self._check(sent)
                    scripted = self._answers(command)
                    packets = [_packet(it) for it in scripted if not isinstance(it, HangUp)]
                    connection.sendall(b"".join(packets))
                    if isinstance(command, _DECISIVE):
                        settled = any(isinstance(it, _SETTLING) for it in scripted)
                    if isinstance(command, Quit) or HangUp.NOW in scripted:
                        return
            except ProtocolError as fault:
                with self._changed:
                    self._faults.append(str(fault))

    def _answers(self, command: Command | Options) -> tuple[Answer | bytes | Options | HangUp, ...]:
        if isinstance(command, Options):
            return (self._wants,)
        scripted = self._script.get(command, self._script.get(type(command)))
        if scripted is None:
            return (self._default(command),) if self._answered(command) else ()
        return scripted

    def _answered(self, command: Command) -> bool:
        silent = self._agreed.steps & command.SILENT_BY
        return command.ANSWERED and not silent

    @staticmethod
    def _default(command: Command) -> Reply:
        return Accept() if isinstance(command, EndOfMessage) else Continue()

    @property
    def _agreed(self) -> Options:
        return self._wants if isinstance(self._wants, Options) else Options()

    def _check(self, sent: list[Command | Options]) -> None:
        command = sent[-1]
        if (len(sent) == 1) is not isinstance(command, Options):
            raise ProtocolError(f"{command} as number {len(sent)} of a session")
        if isinstance(command, Options):
            return
        if self._agreed.steps & command.UNWANTED_BY:
            raise ProtocolError(f"{command}, which this filter did not want")
        before = [it for it in sent[:-1] if isinstance(it, Command) and not isinstance(it, Macros)]
        if not _follows(command, before, self._agreed.steps):
            raise ProtocolError(f"{command} after {before[-1:]}")


def _packet(answer: Answer | bytes | Options) -> bytes:
    return answer if isinstance(answer, bytes) else encode(answer)


def _follows(command: Command, before: list[Command], declined: Steps) -> bool:
    """Whether a command is in its place: one connect, then HELO, then messages in their order."""
    match command:
        case Connect():
            return not before or isinstance(before[-1], QuitNewConnection)
        case Helo() | Unknown() | Macros() | Abort() | Quit() | QuitNewConnection():
            return True
    place = _place(command)
    last = next((it for it in reversed(before) if not isinstance(it, Unknown)), None)
    last_place = _OUTSIDE if last is None else _place(last)
    if last_place in {_OUTSIDE, _ORDER.index(EndOfMessage)}:
        first = next(kind for kind in _ORDER if not kind.UNWANTED_BY & declined)
        greeted = bool(before) or bool(Connect.UNWANTED_BY & declined)
        return greeted and place == _ORDER.index(first)
    repeats = isinstance(command, Rcpt | Header | Body)
    return last_place < place or (repeats and last_place == place)


def _place(command: Command) -> int:
    return _ORDER.index(type(command)) if type(command) in _ORDER else _OUTSIDE


def _received(connection: socket.socket) -> Iterator[Command | Options]:
    reader = FrameReader()
    while data := connection.recv(65536):
        reader.feed(data)
        for frame in reader.frames():
            yield decode_command(frame)
    reader.close()


def _listen(path: str | None) -> socket.socket:
    if path is None:
        return socket.create_server(("127.0.0.1", 0))
    return socket.create_server(path, family=socket.AF_UNIX)
