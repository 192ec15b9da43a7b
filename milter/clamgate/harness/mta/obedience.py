"""How Postfix obeys a filter: what its reply at a stage does to the session (milter8.c).

Pure: a filter's `Standing` in a session, and a reply, give a new standing and a `Ruling`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from clamgate.harness.wire import (
    Accept,
    Command,
    Connect,
    ConnectionFail,
    Continue,
    Discard,
    Helo,
    Reject,
    Reply,
    ReplyCode,
    Shutdown,
    Skip,
    TempFail,
)

REJECTED = b"550 5.7.1 Command rejected"
DEFERRED = b"451 4.7.1 Service unavailable - try again later"
BROKEN = b"550 5.5.0 Service unavailable"
MISCONFIGURED = b"451 4.3.5 Server configuration problem - try again later"
CLOSING = b"421 4.7.0 Server closing connection"


class DefaultAction(Enum):
    """What is done without a filter that cannot be asked (milter_default_action)."""

    ACCEPT = "accept"
    REJECT = "reject"
    TEMPFAIL = "tempfail"
    QUARANTINE = "quarantine"


class Course(Enum):
    """What becomes of a command, a message or a session."""

    GO_ON = auto()
    REFUSE = auto()
    DISCARD = auto()
    HOLD = auto()
    CLOSE = auto()


@dataclass(frozen=True, slots=True)
class Ruling:
    """A filter's reply as the MTA carries it out.

    Attributes:
        course: What to do.
        text: For REFUSE the SMTP reply, lines joined by CRLF; for HOLD the reason.
    """

    course: Course
    text: bytes = b""


GO_ON = Ruling(Course.GO_ON)
HOLD_FOR_LACK = Ruling(Course.HOLD, b"a filter could not be asked")


class Attention(Enum):
    """How far a filter still listens."""

    FULL = auto()
    NEXT_MESSAGE = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a filter stands in a session.

    Attributes:
        attention: What it still is told of.
        lasting: The ruling on all that it is not asked about.
        skipping: Commands of this kind are left out until another one comes.
    """

    attention: Attention = Attention.FULL
    lasting: Ruling = GO_ON
    skipping: type[Command] | None = None

    def hears(self, command: Command) -> bool:
        """Whether it is told of a command; a HELO is news also where a message is settled."""
        if self.attention is Attention.NEXT_MESSAGE:
            return isinstance(command, Helo)
        return self.attention is Attention.FULL

    def after_message(self) -> Standing:
        """Return its standing once a message is over: an Abort was sent."""
        if self.attention is Attention.NEXT_MESSAGE:
            return replace(self, attention=Attention.FULL)
        return self


def obey(
    standing: Standing, command: Command, reply: Reply, action: DefaultAction
) -> tuple[Standing, Ruling]:
    """Return what comes of a filter's reply to a command.

    Args:
        standing: Its standing so far.
        command: What it was told.
        reply: What it said.
        action: What to do if it breaks the rules.
    """
    of_client = isinstance(command, Connect | Helo)
    outcome: tuple[Standing, Ruling] = (standing, GO_ON)
    match reply:
        case Continue():
            pass
        case Skip():
            outcome = replace(standing, skipping=type(command)), GO_ON
        case Accept():
            attention = Attention.NONE if of_client else Attention.NEXT_MESSAGE
            outcome = replace(standing, attention=attention), GO_ON
        case Discard():  # of a client it is no decision at all
            if not of_client:
                settled = replace(standing, attention=Attention.NEXT_MESSAGE)
                outcome = settled, Ruling(Course.DISCARD)
        case Shutdown():
            outcome = _closed(Ruling(Course.CLOSE))
        case ReplyCode() if not _well_formed(reply.smtp):
            outcome = misconfigured(action)
        case Reject() | TempFail() | ReplyCode():
            ruling = Ruling(Course.REFUSE, _words(reply))
            outcome = _closed(ruling) if of_client else (standing, ruling)
        case ConnectionFail():  # Postfix does not know it
            outcome = failed(action)
        case _:
            raise AssertionError(f"no reply of the protocol: {reply}")
    return outcome


def failed(action: DefaultAction) -> tuple[Standing, Ruling]:
    """Return what comes of a filter that cannot be reached, is too slow, or broke the protocol."""
    match action:
        case DefaultAction.ACCEPT:
            return _closed(GO_ON)
        case DefaultAction.REJECT:
            return _closed(Ruling(Course.REFUSE, BROKEN))
        case DefaultAction.TEMPFAIL:
            return _closed(Ruling(Course.REFUSE, DEFERRED))
        case DefaultAction.QUARANTINE:
            return _closed(HOLD_FOR_LACK)


def misconfigured(action: DefaultAction) -> tuple[Standing, Ruling]:
    """Return what comes of a filter that asks for what makes no sense."""
    if action in {DefaultAction.ACCEPT, DefaultAction.QUARANTINE}:
        return failed(action)
    return _closed(Ruling(Course.REFUSE, MISCONFIGURED))


def _closed(ruling: Ruling) -> tuple[Standing, Ruling]:
    return Standing(Attention.NONE, ruling), ruling


def _words(reply: Reply) -> bytes:
    match reply:
        case ReplyCode():
            return reply.smtp
        case TempFail():
            return DEFERRED
        case _:
            return REJECTED


def _well_formed(text: bytes) -> bool:
    """Whether Postfix takes a text as a reply: 4xx or 5xx, an enhanced code of the same class."""
    code, mark, rest = text[:3], text[3:4], text[4:5]
    if code[:1] not in {b"4", b"5"} or not code[1:].isdigit() or mark not in {b" ", b"-"}:
        return False
    return not rest.isdigit() or rest == code[:1]
