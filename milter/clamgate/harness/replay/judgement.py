"""What a filter's answers come to, in words that hold for any filter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from clamgate.harness.client import Outcome
from clamgate.harness.replay.text import printable
from clamgate.harness.wire import (
    Accept,
    AddHeader,
    AddRecipient,
    AddRecipientWithArgs,
    ChangeHeader,
    ChangeSender,
    Continue,
    DeleteRecipient,
    Discard,
    Edit,
    InsertHeader,
    Quarantine,
    Reject,
    ReplaceBody,
    Reply,
    ReplyCode,
)

STATUS_FIELD = b"x-virus-status"
PROGRAM_FIELD = b"x-virus-scanned"
"""Names the filter, not the mail: its value is no part of what becomes of a mail."""

# Stripped for a signature, it is so named; for a file, the rule is, which has blanks in it.
_INFECTED = re.compile(r"Infected \((.+)\)|Stripped \((\S+(?:, \S+)*)\)", re.DOTALL)


class Verdict(Enum):
    """What becomes of a mail."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    TEMPFAILED = "tempfailed"
    DISCARDED = "discarded"
    UNANSWERED = "no answer"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a filter or a server did with one mail. All text is printable.

    Attributes:
        verdict: What becomes of it.
        stage: The command that was answered so (``EndOfMessage``).
        text: The reply's text, the reason why it is held, or what went wrong; empty if there is
            none, and the MTA would choose its own words.
        status: The X-Virus-Status that it would be delivered with, None if none was set.
        edits: What else would be changed, one line each.
        refused: Recipients that were refused, each with the reply, while others were not.
    """

    verdict: Verdict
    stage: str
    text: str = ""
    status: str | None = None
    edits: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def signature(self) -> str | None:
        """What was found, as far as X-Virus-Status tells."""
        match = _INFECTED.fullmatch(self.status or "")
        return match[match.lastindex or 0] if match else None

    @property
    def passed(self) -> bool:
        """Whether nothing was held against the mail."""
        clean = self.status is None or self.status.startswith("Clean")
        return self.verdict is Verdict.ACCEPTED and clean and not self.refused

    def __str__(self) -> str:
        words = self.verdict.value + (f" ({self.text})" if self.text else "")
        told = self.signature is not None and self.signature in self.text
        if self.status is not None and not told:
            words += f", X-Virus-Status: {self.status}"
        if self.refused:
            words += f", {len(self.refused)} recipients refused"
        return words


def judgement(outcome: Outcome) -> Judgement:
    """Say what a milter session's outcome comes to for the mail."""
    verdict = verdict_of(outcome.reply)
    held = outcome.quarantine
    text = outcome.smtp or b""
    if verdict is Verdict.ACCEPTED and held is not None:
        verdict, text = Verdict.QUARANTINED, held
    status = None
    edits = []
    for edit in outcome.edits:
        if isinstance(edit, AddHeader | InsertHeader | ChangeHeader) and _is_status(edit):
            status = printable(edit.value.strip()) or None
        elif not isinstance(edit, Quarantine):
            edits.append(describe(edit))
    partly = outcome.refused if verdict in {Verdict.ACCEPTED, Verdict.QUARANTINED} else ()
    return Judgement(
        verdict,
        outcome.stage.__name__,
        printable(text),
        status,
        tuple(edits),
        tuple((printable(recipient), _words(reply)) for recipient, reply in partly),
    )


def unanswered(error: Exception, stage: str = "") -> Judgement:
    """Return the judgement where there is none, and why."""
    return Judgement(Verdict.UNANSWERED, stage, printable(str(error).encode()))


def verdict_of(reply: Reply) -> Verdict:
    """Say what a filter's last word means to a mail, quarantine aside.

    A connection that is to fail, or be closed with a 421, is one that the sender tries again.
    """
    match reply:
        case Accept() | Continue():
            return Verdict.ACCEPTED
        case Discard():
            return Verdict.DISCARDED
        case Reject():
            return Verdict.REJECTED
        case ReplyCode():
            return Verdict.TEMPFAILED if reply.smtp.startswith(b"4") else Verdict.REJECTED
        case _:
            return Verdict.TEMPFAILED


def describe(edit: Edit) -> str:
    """Return one line for an edit, without the value of X-Virus-Scanned."""
    match edit:
        case AddHeader() | InsertHeader() | ChangeHeader():
            return _describe_field(edit)
        case AddRecipient(address) | AddRecipientWithArgs(address):
            return f"add recipient {printable(address)}"
        case DeleteRecipient(address):
            return f"delete recipient {printable(address)}"
        case ChangeSender(address):
            return f"change sender to {printable(address)}"
        case ReplaceBody(data):
            return f"replace body ({len(data)} bytes)"
        case _:
            return type(edit).__name__


def _describe_field(edit: AddHeader | InsertHeader | ChangeHeader) -> str:
    name = printable(edit.name)
    named = edit.name.lower() == PROGRAM_FIELD
    field = name if named else f"{name}: {printable(edit.value.strip())}"
    match edit:
        case InsertHeader():
            return f"insert at {edit.index} {field}"
        case ChangeHeader():
            change = "change" if edit.value else "delete"
            return f"{change} number {edit.index} of {field if edit.value else name}"
        case AddHeader():
            return f"add {field}"


def _is_status(edit: AddHeader | InsertHeader | ChangeHeader) -> bool:
    return edit.name.lower() == STATUS_FIELD and bool(edit.value)


def _words(reply: Reply) -> str:
    return printable(reply.smtp) if isinstance(reply, ReplyCode) else verdict_of(reply).value
