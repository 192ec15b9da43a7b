"""The record of clean mail of which there is nothing more to say, written in one go.

That is nearly all mail, so it is worth a way of its own, which takes half the time. What it writes
is what `clamgate.observe.records` would, to the byte; a test holds the two together. It looks
first, and leaves to that one whatever is out of the ordinary, or has to be escaped, decoded or cut.
"""

from __future__ import annotations

from clamgate.core.contents import NOTHING
from clamgate.core.envelope import bare_address
from clamgate.core.events import MessageJudged
from clamgate.core.verdict import Clean
from clamgate.observe.json_text import MAX_TEXT
from clamgate.observe.mail_records import Known, milliseconds

# What stands for itself in JSON: ASCII that can be seen, but for quotes and backslashes.
_PLAIN = bytes(set(range(0x20, 0x7F)) - set(b'"\\'))
_ENCODED_WORD = b"=?"
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
    subject, sender = subjects[0], envelope.reverse_path
    texts = b"".join((sender, message_id, subject, auth or b"", *recipients))
    if (
        texts.translate(None, _PLAIN)
        or len(texts) + len(queue_id) > MAX_TEXT
        or _ENCODED_WORD in subject
    ):
        return ""
    version = known.version(report.clamd_version)
    age = "null" if version.made is None else max(0, round(now - version.made))
    to = b'","'.join(map(bare_address, recipients)).decode()
    to = f'"{to}"' if recipients else ""
    user = "null" if auth is None else f'"{auth.decode()}"'
    return (
        f'{{"time":"{time}","level":"info","event":"message","process":"{process}",'
        f'"queue_id":"{queue_id}",'
        f'"message_id":"{message_id.decode()}",'
        f'"subject":"{" ".join(subject.decode().split())}",'
        f'"sender":"{bare_address(sender).decode()}",'
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
        f'"scan_ms":{milliseconds(report.seconds)},'
        f'"total_ms":{milliseconds(event.seconds)}}}'
    )


_CLEAN = (
    '"verdict":"clean","signatures":[],"reason":null,"class":"","part":null,"locked":[],'
    '"anomalies":[],"banned":null,"disputed":[],"unlisted":[]'
)
