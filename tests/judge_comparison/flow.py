"""A flow: what an SMTP client does, and what the filter answers meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from tests.judge_comparison.dialogue import Say, Send, Step, say
from tests.scripted_milter import Script

from clamgate.harness.wire import Actions, Options, Steps

HELLO = say("EHLO client.example.org")
QUIT = say("QUIT")
BODY = b"Hello,\r\n.this line begins with a dot.\r\n"

EVERY_ACTION = Options(6, Actions(0xFF), Steps.SKIP)


class Fallback(Enum):
    """What the MTA does with mail when the filter fails."""

    TEMPFAIL = "tempfail"
    ACCEPT = "accept"
    REJECT = "reject"
    QUARANTINE = "quarantine"


class Health(Enum):
    """How the filter is, or how little patience the MTA has with it."""

    WELL = "well"
    SHORT_OF_TIME = "short of time"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Flow:
    """One SMTP session.

    Attributes:
        name: Unique, of letters, digits and hyphens. It is the local part of its senders, and
            stands in the header of its messages, so that they can be told apart downstream.
        script: What the filter answers.
        steps: What the client does.
        wants: What the filter asks for.
        fallback: What the MTA is to do when the filter fails.
        health: Of the filter.
    """

    name: str
    script: Script
    steps: tuple[Step, ...]
    wants: Options = EVERY_ACTION
    fallback: Fallback = Fallback.TEMPFAIL
    health: Health = Health.WELL


def sender(name: str) -> str:
    """Return the sender of a flow's messages."""
    return f"{name}@example.org"


def content(name: str, subject: str = "first", body: bytes = BODY) -> bytes:
    """Return a message to which no MTA has to add a field but its own Received."""
    header = (
        f"From: Sender <{sender(name)}>\r\n"
        "To: one@example.net\r\n"
        "Date: Tue, 24 Nov 2026 03:08:32 +0000\r\n"
        f"Message-ID: <{subject}.{name}@example.org>\r\n"
        f"Subject: {subject}\r\n"
        f"X-Flow: {name}\r\n"
        "X-Twice: one\r\n"
        "X-Folded: begins\r\n\tand goes on\r\n"
        "X-Twice: two\r\n"
    )
    return header.encode() + b"\r\n" + body


def envelope(name: str, recipients: Sequence[str] = ("one",)) -> tuple[Say, ...]:
    """Return the commands up to DATA, one by one."""
    addressed = (say(f"RCPT TO:<{local}@example.net>") for local in recipients)
    return (say(f"MAIL FROM:<{sender(name)}>"), *addressed, say("DATA"))


def mail(
    name: str, recipients: Sequence[str] = ("one",), subject: str = "first", body: bytes = BODY
) -> tuple[Step, ...]:
    """Return the steps of one message."""
    return (*envelope(name, recipients), Send(content(name, subject, body)))


def one_mail(name: str, script: Script, recipients: Sequence[str] = ("one",)) -> Flow:
    """Return a session of one message."""
    return Flow(name, script, (HELLO, *mail(name, recipients), QUIT))
