"""What is known of a stored message: the value, and its form on the first line of the file."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from clamgate.core.rules import Action
from clamgate.core.storing import Kept, StoreRecord
from clamgate.core.verdict import Infected

_VERSION = 1
# No vowels, so that no words come about, and none of the letters that are taken for digits.
_ALPHABET = "0123456789bcdfghjkmnpqrstvwxz"
_RANDOM_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Record:
    """A message in the quarantine.

    Attributes:
        id: ``YYMMDD-`` (the day in UTC) and random letters; unique, and fit for a file name.
        stored_at: Seconds since the epoch.
        sender: The argument of MAIL, angle brackets included.
        kept: For whom it is kept, and why: those who were not given it.
        size: Bytes of the message, uncompressed.
        signatures: What was found in it, in the order reported; empty if it is kept for another
            reason.
        signature_class: The class of the first of them (``phishing``), empty for none.
        queue_id: The MTA's queue id, empty if it gave none.
        client_host: The name of the SMTP client.
        client_address: Its IP address, empty if there is none.
        auth_name: The AUTH login name, None if not authenticated.
        subject: The first Subject value, None if there is none.
        message_id: The first Message-ID value, None if there is none.
    """

    id: str
    stored_at: float
    sender: bytes
    kept: tuple[Kept, ...]
    size: int
    signatures: tuple[str, ...] = ()
    signature_class: str = ""
    queue_id: str = ""
    client_host: str = ""
    client_address: str = ""
    auth_name: bytes | None = None
    subject: bytes | None = None
    message_id: bytes | None = None

    @property
    def signature(self) -> str:
        """The signature that lists show, empty if there is none."""
        return self.signatures[0] if self.signatures else ""

    @property
    def recipients(self) -> tuple[bytes, ...]:
        """The arguments of RCPT of those who were not given it, angle brackets included."""
        return tuple(one.recipient for one in self.kept)


def new_id(now: float) -> str:
    """Return an id that nobody has had yet: of one day, 29 to the power of 10 are possible."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_DIGITS))
    return f"{time.strftime('%y%m%d', time.gmtime(now))}-{letters}"


def make_record(message_id: str, told: StoreRecord, size: int) -> Record:
    """Return the record of a message that is to be stored under an id.

    Args:
        message_id: The id.
        told: What the filter knows of it.
        size: Bytes of the message.
    """
    envelope, headers = told.message.envelope, told.message.headers
    client = envelope.client
    return Record(
        id=message_id,
        stored_at=told.time,
        sender=envelope.reverse_path,
        kept=told.kept,
        size=size,
        signatures=told.verdict.signatures if isinstance(told.verdict, Infected) else (),
        signature_class=told.signature_class,
        queue_id=envelope.queue_id,
        client_host=client.host,
        client_address="" if client.address is None else str(client.address),
        auth_name=envelope.auth_name,
        subject=headers.subjects[0] if headers.subjects else None,
        message_id=headers.message_id,
    )


def dump(record: Record) -> bytes:
    """Return a record as one line of JSON, in ASCII, with its line end.

    Bytes that are not UTF-8 become lone surrogates, by which they come back as they were.
    """
    fields = {
        "version": _VERSION,
        "id": record.id,
        "stored_at": record.stored_at,
        "sender": _text(record.sender),
        "kept": [_kept_fields(one) for one in record.kept],
        "size": record.size,
        "signatures": list(record.signatures),
        "signature_class": record.signature_class,
        "queue_id": record.queue_id,
        "client_host": record.client_host,
        "client_address": record.client_address,
        "auth_name": _text(record.auth_name),
        "subject": _text(record.subject),
        "message_id": _text(record.message_id),
    }
    return json.dumps(fields).encode() + b"\n"


def parse(line: bytes) -> Record:
    """Return the record of a line made by `dump`.

    Raises:
        ValueError: It is no such line.
    """
    try:
        fields = json.loads(line)
        if (version := fields.pop("version")) != _VERSION:
            raise ValueError(f"its record is of version {version}, this program's is {_VERSION}")
        for name in ("sender", "auth_name", "subject", "message_id"):
            fields[name] = _bytes(fields[name])
        fields["kept"] = tuple(_kept(one) for one in fields["kept"])
        fields["signatures"] = tuple(fields["signatures"])
        return Record(**fields)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"its record is not complete: {error}") from error


def _kept_fields(kept: Kept) -> dict[str, Any]:
    return {
        "recipient": _text(kept.recipient),
        "action": kept.action.value,
        "rule": kept.rule,
        "reason": kept.reason,
    }


def _kept(fields: dict[str, Any]) -> Kept:
    return Kept(
        recipient=_bytes(fields["recipient"]) or b"",
        action=Action(fields["action"]),
        rule=fields["rule"],
        reason=fields["reason"],
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "surrogateescape")


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else value.encode("utf-8", "surrogateescape")
