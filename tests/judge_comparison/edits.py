"""Every edit, and edits in combination."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tests.judge_comparison.flow import EVERY_ACTION, Flow, one_mail

from clamgate.harness.wire import (
    Accept,
    AddHeader,
    AddRecipient,
    AddRecipientWithArgs,
    Answer,
    ChangeHeader,
    ChangeSender,
    Continue,
    DeleteRecipient,
    Discard,
    EndOfMessage,
    InsertHeader,
    Progress,
    Quarantine,
    Reject,
    ReplaceBody,
    ReplyCode,
    Steps,
    TempFail,
)

ONE, TWO, NEW = b"<one@example.net>", b"<two@example.net>", b"<new@example.net>"
OTHER_SENDER = b"<other@example.org>"

EDITS: Mapping[str, tuple[Answer, ...]] = MappingProxyType(
    {
        "add-header": (AddHeader(b"X-New", b"new"),),
        "add-header-twice": (AddHeader(b"X-New", b"1"), AddHeader(b"X-New", b"2")),
        "add-header-that-is-there": (AddHeader(b"Subject", b"again"),),
        "add-header-folded": (AddHeader(b"X-New", b"begins\n\tand goes on"),),
        "add-header-empty": (AddHeader(b"X-New", b""),),
        "insert-header-0": (InsertHeader(0, b"X-New", b"new"),),
        "insert-header-1": (InsertHeader(1, b"X-New", b"new"),),
        "insert-header-3": (InsertHeader(3, b"X-New", b"new"),),
        "insert-header-beyond": (InsertHeader(99, b"X-New", b"new"),),
        "insert-headers": (InsertHeader(1, b"X-New", b"1"), InsertHeader(1, b"X-New", b"2")),
        "change-header": (ChangeHeader(1, b"Subject", b"changed"),),
        "change-header-in-other-case": (ChangeHeader(1, b"SUBJECT", b"changed"),),
        "change-header-2": (ChangeHeader(2, b"X-Twice", b"changed"),),
        "change-header-folded": (ChangeHeader(1, b"X-Folded", b"is\n one"),),
        "change-header-3-of-2": (ChangeHeader(3, b"X-Twice", b"three"),),
        "change-header-0": (ChangeHeader(0, b"X-Twice", b"zero"),),
        "change-header-that-is-not-there": (ChangeHeader(1, b"X-New", b"new"),),
        "delete-header": (ChangeHeader(1, b"Subject", b""),),
        "delete-header-1-of-2": (ChangeHeader(1, b"X-Twice", b""),),
        "delete-header-1-then-2": (
            ChangeHeader(1, b"X-Twice", b""),
            ChangeHeader(2, b"X-Twice", b""),
        ),
        "delete-headers-from-the-last": (
            ChangeHeader(2, b"X-Twice", b""),
            ChangeHeader(1, b"X-Twice", b""),
        ),
        "delete-header-that-is-not-there": (ChangeHeader(1, b"X-New", b""),),
        "change-an-added-header": (
            AddHeader(b"X-New", b"new"),
            ChangeHeader(1, b"X-New", b"changed"),
        ),
        "delete-header-then-add": (
            ChangeHeader(1, b"Subject", b""),
            AddHeader(b"Subject", b"added"),
        ),
        "insert-0-then-change-1": (
            InsertHeader(0, b"X-Twice", b"zero"),
            ChangeHeader(1, b"X-Twice", b"changed"),
        ),
        "add-recipient": (AddRecipient(NEW),),
        "add-recipient-bare": (AddRecipient(b"new@example.net"),),
        "add-recipient-twice": (AddRecipient(NEW), AddRecipient(NEW)),
        "add-recipient-that-is-there": (AddRecipient(ONE),),
        "add-recipient-with-args": (AddRecipientWithArgs(NEW, b"NOTIFY=NEVER"),),
        "delete-recipient": (DeleteRecipient(TWO),),
        "delete-recipient-in-other-case": (DeleteRecipient(b"<TWO@EXAMPLE.NET>"),),
        "delete-recipient-that-is-not-there": (DeleteRecipient(NEW),),
        "delete-all-recipients": (DeleteRecipient(ONE), DeleteRecipient(TWO)),
        "delete-recipient-then-add-it": (DeleteRecipient(TWO), AddRecipient(TWO)),
        "exchange-recipients": (
            AddRecipient(NEW),
            DeleteRecipient(ONE),
            DeleteRecipient(TWO),
        ),
        "change-sender": (ChangeSender(OTHER_SENDER),),
        "change-sender-to-none": (ChangeSender(b"<>"),),
        "change-sender-twice": (ChangeSender(OTHER_SENDER), ChangeSender(b"<third@example.org>")),
        "change-sender-with-args": (ChangeSender(OTHER_SENDER, b"RET=HDRS"),),
        "replace-body": (ReplaceBody(b"another body\r\n"),),
        "replace-body-in-pieces": (ReplaceBody(b"another "), ReplaceBody(b"body\r\n")),
        "replace-body-without-line-end": (ReplaceBody(b"another body"),),
        "replace-body-with-a-dot": (ReplaceBody(b".\r\n..two\r\n"),),
        "quarantine": (Quarantine(b"smells"),),
        "quarantine-twice": (Quarantine(b"smells"), Quarantine(b"reeks")),
        "all-together": (
            AddRecipient(NEW),
            DeleteRecipient(TWO),
            ChangeSender(OTHER_SENDER),
            AddHeader(b"X-Last", b"at the end"),
            InsertHeader(1, b"X-First", b"below our Received"),
            ChangeHeader(1, b"Subject", b"changed"),
            ChangeHeader(2, b"X-Twice", b""),
            ReplaceBody(b"another body\r\n"),
        ),
        "all-together-and-held": (
            ReplaceBody(b"another body\r\n"),
            Quarantine(b"smells"),
            AddRecipient(NEW),
            ChangeHeader(1, b"Subject", b"changed"),
        ),
        "around-progress": (
            AddHeader(b"X-New", b"1"),
            Progress(),
            AddHeader(b"X-New", b"2"),
            Progress(),
        ),
    }
)

LAST_WORDS: Mapping[str, tuple[Answer, ...]] = MappingProxyType(
    {
        "edited-then-continued": (AddHeader(b"X-New", b"new"), Continue()),
        "edited-then-rejected": (
            AddHeader(b"X-New", b"new"),
            AddRecipient(NEW),
            ReplaceBody(b"x\r\n"),
            Reject(),
        ),
        "edited-then-deferred": (AddHeader(b"X-New", b"new"), TempFail()),
        "edited-then-discarded": (AddHeader(b"X-New", b"new"), Discard()),
        "edited-then-own-reply": (AddHeader(b"X-New", b"1"), ReplyCode(b"552 5.3.4 too big")),
        "held-then-rejected": (Quarantine(b"smells"), Reject()),
        "held-then-discarded": (Quarantine(b"smells"), Discard()),
    }
)

WITH_SPACE = replace(EVERY_ACTION, steps=Steps.SKIP | Steps.HDR_LEADSPC)


def flows() -> tuple[Flow, ...]:
    """Return a message to two recipients for each."""
    recipients = ("one", "two")
    accepted = {name: (*edits, Accept()) for name, edits in EDITS.items()}
    spaced = (
        AddHeader(b"X-New", b"  two"),
        InsertHeader(1, b"X-New", b"none"),
        ChangeHeader(1, b"Subject", b"\ttab"),
        Accept(),
    )
    return (
        *(
            one_mail(name, {EndOfMessage: answers}, recipients)
            for name, answers in {**accepted, **LAST_WORDS}.items()
        ),
        replace(one_mail("leading-space", {EndOfMessage: spaced}), wants=WITH_SPACE),
        one_mail("leading-space-of-the-mta", {EndOfMessage: spaced}),
    )
