"""A milter client: plays the MTA against any filter, over a socket, and says what came of it.

    with MilterClient("/run/filter.sock") as client:
        client.greet(Peer())
        outcome = client.send_message(Message.from_eml(raw))

Each step can be taken by itself, too; `link.send_raw` is for clients that misbehave on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from clamgate.harness.link import Deadlines, Endpoint, Exchange, Link
from clamgate.harness.macros import (
    Values,
    connection_values,
    macros_before,
    queue_values,
    recipient_values,
    sender_values,
)
from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import (
    Abort,
    Accept,
    Body,
    Command,
    Connect,
    ConnectionFail,
    Data,
    Discard,
    Edit,
    EndOfHeader,
    EndOfMessage,
    Family,
    Header,
    Helo,
    Mail,
    Options,
    Quarantine,
    Quit,
    QuitNewConnection,
    Rcpt,
    Reject,
    Reply,
    ReplyCode,
    Shutdown,
    Skip,
    TempFail,
    Unknown,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one message ended.

    Attributes:
        reply: The filter's last word.
        stage: The command that it answered so.
        edits: In the order they came.
        refused: Recipients that were refused, each with the reply; the rest of them went on.
        progress: How many times the filter said at the end that it is still at work.
    """

    reply: Reply
    stage: type[Command]
    edits: tuple[Edit, ...] = ()
    refused: tuple[tuple[bytes, Reply], ...] = ()
    progress: int = 0

    @property
    def smtp(self) -> bytes | None:
        """The reply that the SMTP client reads, None where the MTA chooses its own words."""
        return self.reply.smtp if isinstance(self.reply, ReplyCode) else None

    @property
    def quarantine(self) -> bytes | None:
        """Why the message is held, None if it is not."""
        reasons = [edit.text for edit in self.edits if isinstance(edit, Quarantine)]
        return reasons[-1] if reasons else None


class MilterClient:
    """One milter session, which is one SMTP session's. A reply is None where none was to come.

    Attributes:
        link: The connection; its session knows what was agreed on.

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
        self.link = Link(endpoint, offered, deadlines)
        self._settled: Outcome | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.link.close()

    def greet(self, peer: Peer) -> Outcome | None:
        """Announce an SMTP client and its HELO.

        Returns:
            What all its mail comes to, if the filter settled that already.
        """
        self._settled = None
        values = connection_values(peer)
        known_address = peer.family is not Family.UNKNOWN
        connect = Connect(
            peer.host,
            peer.family,
            peer.port if known_address else 0,
            peer.address if known_address else b"",
        )
        for command in (connect, Helo(peer.helo)):
            reply = self.step(command, values).reply
            if isinstance(reply, FINAL):
                self._settled = Outcome(reply, type(command))
                break
        return self._settled

    def send_message(self, message: Message) -> Outcome:
        """Take one message through all its steps, as far as the filter lets it go.

        An Abort ends it whatever came of it, as Postfix sends one after each message.
        """
        if self._settled:
            return self._settled
        outcome = self._transact(message)
        self.abort()
        return outcome

    def _transact(self, message: Message) -> Outcome:
        refused: list[tuple[bytes, Reply]] = []
        skipped: set[type[Command]] = set()
        for command, values in _steps(message):
            if type(command) in skipped:
                continue
            done = self.step(command, values)
            stage = type(command)
            if isinstance(done.reply, Skip):
                skipped.add(stage)
            elif isinstance(command, Rcpt) and isinstance(done.reply, REFUSALS):
                refused.append((command.path, done.reply))
                if len(refused) == len(message.recipients):
                    return Outcome(done.reply, stage, refused=tuple(refused))
            elif done.reply and (stage is EndOfMessage or isinstance(done.reply, FINAL)):
                return Outcome(done.reply, stage, done.edits, tuple(refused), done.progress)
        raise AssertionError("the end of a message is always answered")

    def step(self, command: Command, values: Values | None = None) -> Exchange:
        """Send one command, and before it those of these macros that belong to it."""
        session = self.link.session
        macros = macros_before(command, values or {}, session.agreed)
        if macros is not None and session.wants(command):
            self.link.exchange(macros)
        return self.link.exchange(command)

    def connect(
        self, host: bytes, family: Family = Family.UNKNOWN, port: int = 0, address: bytes = b""
    ) -> Reply | None:
        """Say that an SMTP client connected."""
        return self.step(Connect(host, family, port, address)).reply

    def helo(self, name: bytes) -> Reply | None:
        """Say what name it gives itself."""
        return self.step(Helo(name)).reply

    def mail(
        self, path: bytes, args: tuple[bytes, ...] = (), values: Values | None = None
    ) -> Reply | None:
        """Begin a message from `path` (with its angle brackets)."""
        return self.step(Mail(path, args), values).reply

    def rcpt(
        self, path: bytes, args: tuple[bytes, ...] = (), values: Values | None = None
    ) -> Reply | None:
        """Name a recipient (with angle brackets)."""
        return self.step(Rcpt(path, args), values).reply

    def data(self, values: Values | None = None) -> Reply | None:
        """Say that the client said DATA."""
        return self.step(Data(), values).reply

    def unknown(self, line: bytes) -> Reply | None:
        """Pass on an SMTP command that nobody knows."""
        return self.step(Unknown(line)).reply

    def header(self, name: bytes, value: bytes) -> Reply | None:
        """Send a header field; `value` begins with the space after the colon."""
        return self.step(Header(name, value)).reply

    def eoh(self, values: Values | None = None) -> Reply | None:
        """End the header."""
        return self.step(EndOfHeader(), values).reply

    def body(self, data: bytes) -> Reply | None:
        """Send a piece of the body, at most 65535 bytes."""
        return self.step(Body(data)).reply

    def eom(self, values: Values | None = None, last: bytes = b"") -> Exchange:
        """End the message; `last` is a piece of body that comes in the same packet."""
        return self.step(EndOfMessage(last), values)

    def abort(self) -> None:
        """Give up the message."""
        self.link.exchange(Abort())

    def next_connection(self) -> None:
        """End this SMTP client's session; `greet` begins another on the same milter connection.

        libmilter takes it only right after an end of message that it answered with Continue
        (engine.c, next_states); else it ignores it, and gives no reply to the next Connect.
        """
        self.link.exchange(QuitNewConnection())

    def quit(self) -> None:
        """End the session, and see that the filter closes the connection without another word."""
        self.link.exchange(Quit())
        self.link.await_close()
        self.link.close()


FINAL = (Accept, Reject, TempFail, Discard, ReplyCode, ConnectionFail, Shutdown)
"""Replies after which the filter hears no more of it."""

REFUSALS = (Reject, TempFail, ReplyCode)
"""Replies that, to a recipient, refuse that one only."""


def judge(
    endpoint: Endpoint, message: Message, peer: Peer | None = None, offered: Options | None = None
) -> Outcome:
    """Have one message judged in a session of its own."""
    with MilterClient(endpoint, offered) as client:
        client.greet(peer or Peer())
        outcome = client.send_message(message)
        client.quit()
    return outcome


def _steps(message: Message) -> Iterator[tuple[Command, Values]]:
    """Yield a message's commands in order, each with the macros that are known by then."""
    known: Values = sender_values(message)
    yield Mail(message.sender), known
    for recipient in message.recipients:
        known = {**known, **recipient_values(recipient)}
        yield Rcpt(recipient), known
        known = {**known, **queue_values(message)}
    yield Data(), known
    for name, value in message.fields:
        yield Header(name, value), known
    yield EndOfHeader(), known
    for chunk in message.chunks():
        yield Body(chunk), known
    yield EndOfMessage(), known
