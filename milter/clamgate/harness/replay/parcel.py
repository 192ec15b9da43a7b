"""A mail made ready to be sent: cut up, and in its envelope."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO

from clamgate.harness.mail import Message
from clamgate.harness.mailfile import MailFile
from clamgate.harness.replay.envelope import envelope
from clamgate.harness.replay.sources import Mail


@dataclass(frozen=True, slots=True)
class Given:
    """What all mail of a replay has in common, whatever its headers say.

    Attributes:
        sender: With angle brackets; None leaves it to the header.
        recipients: With angle brackets; none of them leaves it to the header.
        login: The name that the client authenticated with.
    """

    sender: bytes | None = None
    recipients: tuple[bytes, ...] = ()
    login: bytes | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """One mail to send.

    Attributes:
        number: Which one it is, from 1.
        name: The file that it came from.
        raw: As it lies in the file.
        message: As a filter sees it, with its envelope.
    """

    number: int
    name: str
    raw: bytes
    message: Message


def pack(number: int, mail: Mail, given: Given) -> Parcel:
    """Make a mail ready."""
    cut = MailFile(BytesIO(mail.raw))
    fields = tuple(cut.fields())
    body = b"".join(cut.body())
    addressed = envelope((*cut.dropped, *fields), given.sender, given.recipients)
    message = replace(
        Message(),
        sender=addressed.sender,
        recipients=addressed.recipients,
        fields=fields,
        body=body,
        queue_id=b"replay%d" % number,
        login=given.login,
    )
    return Parcel(number, mail.name, mail.raw, message)
