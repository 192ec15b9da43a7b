"""What a program did with a message, in words: two programs agree where the words are the same.

Two things only are made alike on the way:

1. The version in the value of X-Virus-Scanned: each program names its own.
2. The blank after the colon of a field that is added. Whoever negotiates SMFIP_HDR_LEADSPC (ours
   does, to see the exact bytes that came in) sends it, for the others the MTA does. So fields are
   given here as they are delivered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from clamgate.harness.client import Outcome
from clamgate.harness.macros import bare
from clamgate.harness.mail import Message
from clamgate.harness.wire import (
    AddHeader,
    ChangeHeader,
    Edit,
    InsertHeader,
    Quarantine,
    Reply,
    ReplyCode,
)

_VERSION = re.compile(r"^(X-Virus-Scanned: clamav-milter) \S+ at ")
_LOGGED = re.compile(r"^(?:Clean message|Message) .*?to <+([^>]*)>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one message.

    Attributes:
        answer: The last word, or the SMTP reply that the client reads.
        stage: The command that was answered so.
        edits: In order, with the reason of a quarantine.
        refused: Recipients, each with the reply.
        log: The lines of LogFile that are about it.
    """

    answer: str
    stage: str
    edits: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    log: tuple[str, ...] = ()


def seen(outcome: Outcome, log: Iterable[str], *, leading_space: bool) -> Seen:
    """Put an outcome in words.

    Args:
        outcome: What came over the wire.
        log: The lines about it.
        leading_space: Whether SMFIP_HDR_LEADSPC was agreed on.
    """
    return Seen(
        answer=answer_words(outcome.reply),
        stage=outcome.stage.__name__,
        edits=tuple(edit_words(edit, leading_space=leading_space) for edit in outcome.edits),
        refused=tuple(f"{text(path)}: {answer_words(reply)}" for path, reply in outcome.refused),
        log=tuple(log),
    )


def answer_words(reply: Reply) -> str:
    return text(reply.smtp) if isinstance(reply, ReplyCode) else type(reply).__name__


def edit_words(edit: Edit, *, leading_space: bool) -> str:
    blank = "" if leading_space else " "
    match edit:
        case AddHeader(name, value):
            return f"add {field_words(name, value, blank)}"
        case InsertHeader(index, name, value):
            return f"insert at {index} {field_words(name, value, blank)}"
        case ChangeHeader(index, name, b""):
            return f"delete {text(name)} {index}"
        case Quarantine(reason):
            return f"quarantine: {text(reason)}"
        case _:
            return repr(edit)


def field_words(name: bytes, value: bytes, blank: str) -> str:
    return _VERSION.sub(r"\1 VERSION at ", f"{text(name)}:{blank}{text(value)}")


def lines_about(message: Message, log: Iterable[str]) -> tuple[str, ...]:
    """Pick the log lines about a message, by their recipient."""
    recipients = {text(bare(path)) for path in message.recipients}
    return tuple(line for line in log if recipient_of(line) in recipients)


def recipient_of(line: str) -> str | None:
    """Return the recipient that a log line is about, None if it is not about a message."""
    found = _LOGGED.match(line)
    return found.group(1) if found else None


def text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")
