"""The record of clean mail of which there is nothing more to say, written in one go.

That is nearly all mail, so it is worth a way of its own, which takes half the time. What it writes
is what `clamgate.observe.records` would, to the byte; a test holds the two together. It looks
first, and leaves to that one whatever is out of the ordinary, or has to be escaped, decoded or cut.
"""

from __future__ import annotations

from clamgate.core.contents import NOTHING
from clamgate.core.events import MessageJudged
from clamgate.core.verdict import Clean
from clamgate.observe.json_text import MAX_TEXT
from clamgate.observe.mail_records import Known

_ENCODED_WORD = "=?"
_MANY = 64
"""Recipients that are all named, if they are short."""


def clean_line(event: MessageJudged, now: float, process: str, time: str, known: Known) -> str:
    """Return the record of a message as a line, empty if it is not one for this.

    Args:
        event: What happened.
        now: Seconds since the epoch, for the age of the database.
        process: Which of ours says so.
        time: When, as `Timestamps` writes it.
        known: What need not be written again.
    """
    message, report, decision = event.message, event.report, event.decision
    envelope, headers = message.envelope, message.headers
    queue_id, recipients, auth = envelope.queue_id, envelope.recipients, envelope.auth_name
    message_id, subjects = headers.message_id, headers.subjects
    if (
        not isinstance(report.verdict if decision.verdict is None else decision.verdict, Clean)
        or event.signature_class
        or event.stored
        or decision.ruled
        or decision.shares
        or decision.removed
        or decision.banned
        or report.contents is not NOTHING
        or report.locked
        or report.anomalies
        or report.part
        or message_id is None
        or not subjects
        or not queue_id.isalnum()
        or len(recipients) > _MANY
    ):
        return ""
    # All are looked at as one, with a quote in between, which none of them may have in it.
    raw = b'"'.join((envelope.reverse_path, message_id, subjects[0], auth or b"", *recipients))
    if not raw.isascii() or len(raw) + len(queue_id) > MAX_TEXT:
        return ""
    texts = raw.decode()
    sender, identifier, subject, user, *paths = texts.split('"')
    if (
        len(paths) != len(recipients)
        or "\\" in texts
        or _ENCODED_WORD in subject
        or not texts.isprintable()
    ):
        return ""
    to = ",".join([f'"{_bare(path)}"' for path in paths])
    user = "null" if auth is None else f'"{user}"'
    version = known.version(report.clamd_version)
    age = "null" if version.made is None else max(0, round(now - version.made))
    return (
        f'{{"time":"{time}","level":"info","event":"message","process":"{process}",'
        f'"queue_id":"{queue_id}",'
        f'"message_id":"{identifier}",'
        f'"subject":"{subject if _is_tidy(subject) else " ".join(subject.split())}",'
        f'"sender":"{_bare(sender)}",'
        f'"recipients":[{to}],'
        f'"recipient_count":{len(recipients)},'
        f"{known.client(envelope.client)},"
        f'"auth_name":{user},'
        f'"size":{message.size},{_CLEAN},'
        f"{known.decision(decision)},"
        f'"stored":"",'
        f'"clamd":{known.text(report.clamd)},'
        f'"database":{"null" if version.database is None else version.database},'
        f'"database_age_s":{age},'
        f'"attempts":{report.attempts},'
        f'"scan_ms":{report.seconds * 1000:.3f},"total_ms":{event.seconds * 1000:.3f}}}'
    )


def _bare(path: str) -> str:
    return path[1:-1] if path.startswith("<") and path.endswith(">") else path


def _is_tidy(subject: str) -> bool:
    """Whether there is no blank at its ends, nor are there two anywhere."""
    return "  " not in subject and subject[:1] != " " != subject[-1:]


_CLEAN = (
    '"verdict":"clean","signatures":[],"reason":null,"class":"","part":null,"locked":[],'
    '"anomalies":[],"banned":null,"disputed":[],"unlisted":[]'
)
