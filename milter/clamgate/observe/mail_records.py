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
from clamgate.observe.json_text import (
    MAX_TEXT,
    dumps,
    first_of,
    listed,
    members,
    quoted,
    text_of,
)
from clamgate.observe.memo import Memo

Fields = dict[str, object]

# A character takes 4 bytes of UTF-8 at most, and an encoded word takes more than the text in it.
_ROOM = 1500
"""Bytes of a list of names or reasons, of which there are several in a line."""
_SHORT = 100
_ENOUGH_OF_A_SUBJECT = 8 * MAX_TEXT


class Known:
    """What many records have in common, as it was written for the last messages.

    Mail comes over the same connections, and most of it ends alike. Safe for threads.
    """

    def __init__(self) -> None:
        self.client: Memo[Client, str] = Memo(lambda client: members(client_fields(client)))
        self.decision: Memo[Decision, str] = Memo(lambda decision: members(_decision(decision)))
        self.version = Memo(ClamdVersion.parse)
        self.text: Memo[str, str] = Memo(dumps)


def judged(event: MessageJudged, now: float, known: Known) -> str:
    """Return all that is known of a message that reached its end, as members of a JSON object.

    Args:
        event: What happened.
        now: Seconds since the epoch, for the age of the database.
        known: What need not be written again.
    """
    report, decision = event.report, event.decision
    # One with parts in it would keep a body in memory, and comes once.
    alike = not (decision.ruled or decision.removed or decision.shares)
    return (
        f"{_message(event.message, known)},"
        f"{_verdict(event.verdict)},"
        f'"class":{known.text(event.signature_class)},'
        f"{_findings(report, decision)},"
        f"{known.decision(decision) if alike else members(_decision(decision))},"
        f'"stored":{known.text(event.stored)},'
        f"{_scan(report, now, known)},"
        f'"total_ms":{event.seconds * 1000:.3f}'
    )


def exempt(event: MessageExempt, known: Known) -> str:
    """Return what is known of a message that is let through unscanned, likewise."""
    told = {"verdict": "exempt", "reason": text_of(event.reason), "action": "accept"}
    return f"{_message(event.message, known)},{members(told)}"


def released(event: MessageReleased, known: Known) -> str:
    """Return what is known of a message that comes out of the quarantine, likewise."""
    told = {"verdict": "released", "stored": text_of(event.stored), "action": "accept"}
    return f"{_message(event.message, known)},{members(told)}"


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


def _message(message: Message, known: Known) -> str:
    envelope, headers = message.envelope, message.headers
    subject = headers.subjects[0] if headers.subjects else None
    return (
        f'"queue_id":{quoted(envelope.queue_id)},'
        f'"message_id":{_quoted_or_null(headers.message_id)},'
        f'"subject":{"null" if subject is None else _subject(subject)},'
        f'"sender":{quoted(bare_address(envelope.reverse_path))},'
        f'"recipients":{listed(quoted(bare_address(one)) for one in envelope.recipients)},'
        f'"recipient_count":{len(envelope.recipients)},'
        f"{known.client(envelope.client)},"
        f'"auth_name":{_quoted_or_null(envelope.auth_name)},'
        f'"size":{message.size}'
    )


def _verdict(verdict: Verdict) -> str:
    if isinstance(verdict, Clean):
        return _CLEAN
    reason = verdict.reason if isinstance(verdict, Unscanned | Failed) else None
    return (
        f'"verdict":{dumps(verdict_word(verdict))},'
        f'"signatures":{listed(quoted(one) for one in signatures_of(verdict))},'
        f'"reason":{_quoted_or_null(reason)}'
    )


_CLEAN = '"verdict":"clean","signatures":[],"reason":null'


def _findings(report: ScanReport, decision: Decision) -> str:
    """Return what its parts are found to be."""
    contents = report.contents
    if not (
        report.part
        or report.locked
        or report.anomalies
        or decision.banned
        or contents.disputed
        or contents.unlisted
    ):
        return _NOTHING
    return members(
        {
            "part": None if report.part is None else part_fields(report.part),
            "locked": first_of(
                {**part_fields(one.part), "why": text_of(one.why)} for one in report.locked
            ),
            "anomalies": first_of(map(text_of, report.anomalies), _ROOM),
            "banned": None if decision.banned is None else _file(decision.banned),
            "disputed": first_of(map(part_fields, contents.disputed)),
            "unlisted": first_of(map(text_of, contents.unlisted), _ROOM),
        }
    )


_NOTHING = '"part":null,"locked":[],"anomalies":[],"banned":null,"disputed":[],"unlisted":[]'


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


def _scan(report: ScanReport, now: float, known: Known) -> str:
    version = known.version(report.clamd_version)
    age = None if version.made is None else max(0, round(now - version.made))
    return (
        f'"clamd":{known.text(report.clamd)},'
        f'"database":{_or_null(version.database)},'
        f'"database_age_s":{_or_null(age)},'
        f'"attempts":{report.attempts},'
        f'"scan_ms":{report.seconds * 1000:.3f}'
    )


def _subject(raw: bytes) -> str:
    return quoted(readable(raw[:_ENOUGH_OF_A_SUBJECT]))


def _address(path: bytes) -> str:
    return text_of(bare_address(path))


def _or_null(number: int | None) -> int | str:
    return "null" if number is None else number


def _quoted_or_null(text: bytes | str | None) -> str:
    return "null" if text is None else quoted(text)
