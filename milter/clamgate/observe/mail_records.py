"""What a record says of a message."""

from __future__ import annotations

from clamgate.core.clamd_version import ClamdVersion
from clamgate.core.contents import AttachedFile
from clamgate.core.decision import Decision
from clamgate.core.envelope import Client, Message, bare_address
from clamgate.core.events import MessageExempt, MessageJudged, MessageReleased
from clamgate.core.parts import FoundPart
from clamgate.core.signatures import signatures_of
from clamgate.core.subject import readable
from clamgate.core.verdict import Clean, Empty, Failed, Infected, ScanReport, Unscanned, Verdict
from clamgate.observe.json_text import MAX_TEXT, first_of, text_of

Fields = dict[str, object]

# A character takes 4 bytes of UTF-8 at most, and an encoded word takes more than the text in it.
_ROOM = 1500
"""Bytes of a list of names or reasons, of which there are several in a line."""
_SHORT = 100
_ENOUGH_OF_A_SUBJECT = 8 * MAX_TEXT


def judged(event: MessageJudged, now: float) -> Fields:
    """Return all that is known of a message that reached its end.

    Args:
        event: What happened.
        now: Seconds since the epoch, for the age of the database.
    """
    return {
        **_message(event.message),
        **_verdict(event.verdict),
        "class": event.signature_class,
        "part": None if event.report.part is None else part_fields(event.report.part),
        "locked": first_of(
            {**part_fields(one.part), "why": text_of(one.why)} for one in event.report.locked
        ),
        "anomalies": first_of(map(text_of, event.report.anomalies), _ROOM),
        "banned": None if event.decision.banned is None else _file(event.decision.banned),
        "disputed": first_of(map(part_fields, event.report.contents.disputed)),
        "unlisted": first_of(map(text_of, event.report.contents.unlisted), _ROOM),
        **_decision(event.decision),
        "stored": event.stored,
        **_scan(event.report, now),
        "total_ms": round(event.seconds * 1000, 3),
    }


def exempt(event: MessageExempt) -> Fields:
    """Return what is known of a message that is let through unscanned."""
    return {
        **_message(event.message),
        "verdict": "exempt",
        "reason": text_of(event.reason),
        "action": "accept",
    }


def released(event: MessageReleased) -> Fields:
    """Return what is known of a message that comes out of the quarantine."""
    return {
        **_message(event.message),
        "verdict": "released",
        "stored": text_of(event.stored),
        "action": "accept",
    }


def part_fields(part: FoundPart) -> Fields:
    """Return which part of a message it is."""
    return {
        "path": text_of(part.path),
        "names": first_of(map(text_of, part.names), _ROOM),
        "declared": text_of(part.declared[:_SHORT]),
        "detected": part.detected,
        "size": part.size,
        "sha256": part.sha256,
        "reading": text_of(part.reading),
    }


def client_fields(client: Client) -> Fields:
    """Return who the SMTP client is."""
    return {
        "client_name": "" if client.host.startswith("[") else text_of(client.host),
        "client_address": None if client.address is None else str(client.address),
        "client_port": client.port or None,
        "helo": text_of(client.helo),
        "local": client.local,
    }


def verdict_word(verdict: Verdict) -> str:
    """Return a verdict in a word."""
    match verdict:
        case Clean():
            return "clean"
        case Empty():
            return "empty"
        case Infected():
            return "infected"
        case Unscanned():
            return "unscanned"
        case Failed():
            return "failed"


def _file(file: AttachedFile) -> Fields:
    return {
        "names": first_of(map(text_of, file.names), _ROOM),
        "types": first_of(map(text_of, file.kinds), _ROOM),
        "within": first_of(map(text_of, file.within), _ROOM),
        "part": part_fields(file.part),
    }


def _message(message: Message) -> Fields:
    envelope, headers = message.envelope, message.headers
    subject = headers.subjects[0] if headers.subjects else None
    auth = envelope.auth_name
    return {
        "queue_id": text_of(envelope.queue_id),
        "message_id": None if headers.message_id is None else text_of(headers.message_id),
        "subject": None if subject is None else _subject(subject),
        "sender": _address(envelope.reverse_path),
        "recipients": first_of(_address(one) for one in envelope.recipients),
        "recipient_count": len(envelope.recipients),
        **client_fields(envelope.client),
        "auth_name": None if auth is None else text_of(auth),
        "size": message.size,
    }


def _verdict(verdict: Verdict) -> Fields:
    reason = text_of(verdict.reason) if isinstance(verdict, Unscanned | Failed) else None
    return {
        "verdict": verdict_word(verdict),
        "signatures": first_of(text_of(one) for one in signatures_of(verdict)),
        "reason": reason,
    }


def _decision(decision: Decision) -> Fields:
    reply = decision.reply
    shares = (
        {
            "recipient": _address(share.recipient),
            "rule": text_of(share.rule),
            "action": share.action.value,
            "outcome": share.outcome.value,
        }
        for share in decision.shares
    )
    excepted = (
        {"signature": text_of(one.signature), "exception": text_of(one.exception)}
        for one in decision.excepted
    )
    removed = (
        {**part_fields(hit.part), "signatures": first_of(map(text_of, hit.signatures))}
        for hit in decision.removed
    )
    return {
        "rule": text_of(decision.rule),
        "action": decision.disposition.value,
        "reply": reply and text_of(f"{reply.code} {reply.enhanced} {reply.text}"),
        "by_recipient": first_of(shares),
        "excepted": first_of(excepted),
        "removed": first_of(removed),
    }


def _scan(report: ScanReport, now: float) -> Fields:
    version = ClamdVersion.parse(report.clamd_version)
    return {
        "clamd": report.clamd,
        "database": version.database,
        "database_age_s": None if version.made is None else max(0, round(now - version.made)),
        "attempts": report.attempts,
        "scan_ms": round(report.seconds * 1000, 3),
    }


def _subject(raw: bytes) -> str:
    return text_of(readable(raw[:_ENOUGH_OF_A_SUBJECT]))


def _address(path: bytes) -> str:
    return text_of(bare_address(path))
