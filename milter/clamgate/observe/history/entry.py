"""One message in the history: made for every message, so cheaply; read when somebody asks.

Where the log tells of each message as a JSON object, that is kept. Else it is what is at hand, with
addresses and subject as the bytes that they came as, in the form of Python's `marshal`: a fifth of
what text would cost. Only processes of one filter, which are forks of one interpreter, hand it to
each other, and it never leaves their memory.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any, NamedTuple

from clamgate.core.envelope import bare_address
from clamgate.core.events import MessageEvent, MessageExempt, MessageJudged, MessageReleased
from clamgate.core.signatures import signatures_of
from clamgate.core.subject import readable
from clamgate.core.verdict import Clean, Failed, Unscanned, Verdict
from clamgate.observe.json_text import text_of
from clamgate.observe.mail_records import verdict_word

LONGEST = 16 * 1024
"""Bytes of an entry, at most; 250 to 450 is usual."""

_LARGE = 2048
"""Bytes beyond which an entry is cut."""
_MOST_OF_ONE = 256
"""Then: bytes or characters of a text."""
_MOST_OF_MANY = 2048
"""Then: bytes of a list; the first ones are kept."""


class Entry(NamedTuple):
    """What is kept of a message.

    Attributes:
        time: When it was judged, in seconds since the epoch.
        process: Which of ours did.
        queue_id, client_name, size: As in the envelope; `client_address` is packed.
        message_id, sender, recipients: Bytes as they came, perhaps the first ones only.
        subject: Likewise; of a line of the log, what a reader sees.
        recipient_count: How many recipients it has.
        seconds: From MAIL to the decision; None if it was not judged.
        scan_seconds: From the request to the verdict, waits included; likewise.
        attempts, clamd: How often it was handed to a clamd, and to which last.
        verdict: In a word, and ``exempt`` or ``released`` for those that were not scanned.
        signatures, signature_class, reason, rule, action, stored: What was found, and done.
        reply: Code, enhanced code and text.
        shares: Recipient, rule, action and outcome, where recipients differ.
    """

    time: float
    process: str
    queue_id: str
    client_name: str
    client_address: bytes | None
    size: int
    message_id: bytes | None
    sender: bytes
    subject: bytes | str | None
    recipients: tuple[bytes, ...]
    recipient_count: int
    seconds: float | None
    scan_seconds: float | None
    attempts: int
    clamd: str
    verdict: str
    signatures: tuple[str, ...]
    signature_class: str
    reason: str | None
    rule: str
    action: str
    stored: str
    reply: tuple[str, ...] | None
    shares: tuple[tuple[bytes, str, str, str], ...]

    @classmethod
    def of(cls, raw: bytes) -> Entry | None:
        """Return what `encode` made bytes of, or a line; None if they are of something else."""
        try:
            if raw.startswith(b"{"):  # no tuple in the form of `marshal` does
                return cls._logged(json.loads(raw))
            return cls._make(marshal.loads(raw))  # noqa: S302  made by a fork of this process
        except (ValueError, EOFError, TypeError, KeyError):
            return None

    @classmethod
    def _logged(cls, said: Mapping[str, Any]) -> Entry:
        """Return what a line of the log says. One of mail that was not scanned says less."""
        address, message_id = said["client_address"], said["message_id"]
        return cls(
            time=datetime.fromisoformat(said["time"]).timestamp(),
            process=said["process"],
            queue_id=said["queue_id"],
            client_name=said["client_name"],
            client_address=address and ip_address(address).packed,
            size=said["size"],
            message_id=None if message_id is None else message_id.encode(),
            sender=said["sender"].encode(),
            subject=said["subject"],
            recipients=tuple(one.encode() for one in said["recipients"]),
            recipient_count=said["recipient_count"],
            seconds=_seconds(said.get("total_ms")),
            scan_seconds=_seconds(said.get("scan_ms")),
            attempts=said.get("attempts", 0),
            clamd=said.get("clamd", ""),
            verdict=said["verdict"],
            signatures=tuple(said.get("signatures", ())),
            signature_class=said.get("class", ""),
            reason=said.get("reason"),
            rule=said.get("rule", ""),
            action=said["action"],
            stored=said.get("stored", ""),
            reply=said.get("reply") and (said["reply"],),
            shares=tuple(
                (one["recipient"].encode(), one["rule"], one["action"], one["outcome"])
                for one in said.get("by_recipient", ())
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data: names and values are those of the JSON log."""
        return {
            "time": round(self.time, 3),
            "queue_id": text_of(self.queue_id),
            "message_id": None if self.message_id is None else text_of(self.message_id),
            "subject": _subject(self.subject),
            "sender": _address(self.sender),
            "recipients": [_address(one) for one in self.recipients],
            "recipient_count": self.recipient_count,
            "client_name": "" if self.client_name.startswith("[") else text_of(self.client_name),
            "client_address": self.client_address and str(ip_address(self.client_address)),
            "size": self.size,
            "verdict": self.verdict,
            "signatures": [text_of(one) for one in self.signatures],
            "class": self.signature_class,
            "reason": self.reason and text_of(self.reason),
            "rule": text_of(self.rule),
            "action": self.action,
            "reply": self.reply and text_of(" ".join(self.reply)),
            "by_recipient": [
                {"recipient": _address(to), "rule": text_of(rule), "action": action, "outcome": did}
                for to, rule, action, did in self.shares
            ],
            "stored": self.stored,
            "clamd": self.clamd,
            "attempts": self.attempts,
            "scan_ms": _milliseconds(self.scan_seconds),
            "total_ms": _milliseconds(self.seconds),
            "process": self.process,
        }


def encode(event: MessageEvent, now: float, process: str) -> bytes:
    """Return an entry as bytes.

    Args:
        event: What became of a message.
        now: Seconds since the epoch.
        process: Which of our processes says so.
    """
    message = event.message
    envelope, headers = message.envelope, message.headers
    client, subjects = envelope.client, headers.subjects
    fields: tuple[Any, ...] = (
        now,
        process,
        envelope.queue_id,
        client.host,
        client.address and client.address.packed,
        message.size,
        headers.message_id,
        envelope.reverse_path,
        subjects[0] if subjects else None,
        envelope.recipients,
        len(envelope.recipients),
        *(_judged(event) if isinstance(event, MessageJudged) else _passed(event)),
    )
    raw = marshal.dumps(fields)
    return raw if len(raw) <= _LARGE else marshal.dumps(tuple(map(_cut, fields)))


def _judged(event: MessageJudged) -> tuple[Any, ...]:
    report, decision, verdict = event.report, event.decision, event.verdict
    reply = decision.reply
    is_clean = isinstance(verdict, Clean)
    return (
        event.seconds,
        report.seconds,
        report.attempts,
        report.clamd,
        verdict_word(verdict),
        () if is_clean else signatures_of(verdict),
        event.signature_class,
        None if is_clean else _reason(verdict),
        decision.rule,
        decision.disposition.value,
        event.stored,
        reply and (reply.code, reply.enhanced, reply.text),
        tuple(
            (share.recipient, share.rule, share.action.value, share.outcome.value)
            for share in decision.shares
        )
        if decision.shares
        else (),
    )


def _reason(verdict: Verdict) -> str | None:
    return verdict.reason if isinstance(verdict, Unscanned | Failed) else None


def _passed(event: MessageExempt | MessageReleased) -> tuple[Any, ...]:
    reason: str | None
    if isinstance(event, MessageExempt):
        verdict, reason, stored = "exempt", event.reason, ""
    else:
        verdict, reason, stored = "released", None, event.stored
    return (None, None, 0, "", verdict, (), "", reason, "", "accept", stored, None, ())


def _cut(field: Any) -> Any:
    """Return what there is room for of a field."""
    if isinstance(field, str | bytes):
        return field[:_MOST_OF_ONE]
    if not isinstance(field, tuple):
        return field
    room = _MOST_OF_MANY
    kept = []
    for item in map(_cut, field):
        room -= len(marshal.dumps(item))
        if room < 0:
            break
        kept.append(item)
    return tuple(kept)


def _address(path: bytes) -> str:
    return text_of(bare_address(path))


def _subject(subject: bytes | str | None) -> str | None:
    return text_of(readable(subject)) if isinstance(subject, bytes) else subject


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
