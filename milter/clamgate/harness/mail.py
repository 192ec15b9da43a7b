"""Mail to be judged, as values: who connects, what is sent, and how an MTA would cut it up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Self

from clamgate.harness.mailfile import Field, MailFile
from clamgate.harness.wire import Family

CHUNK = 65535
"""Bytes of body in one packet, as Postfix and Sendmail send it (MILTER_CHUNK_SIZE)."""

Fields = tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """The SMTP client that the MTA says has connected; `helo` is the name it gives itself."""

    host: bytes = b"client.example.org"
    family: Family = Family.INET
    address: bytes = b"192.0.2.7"
    port: int = 40125
    helo: bytes = b"client.example.org"


@dataclass(frozen=True, slots=True)
class Message:
    """One message with its envelope.

    Attributes:
        sender: The reverse-path, with angle brackets.
        recipients: With angle brackets, in order.
        fields: Header fields; a value keeps the space after its colon, and LF where it is folded.
        body: With CRLF line ends.
        queue_id: What the MTA calls it (macro ``i``).
        login: The name the client authenticated with (macro ``{auth_authen}``), None if it did not.
    """

    sender: bytes = b"<sender@example.org>"
    recipients: tuple[bytes, ...] = (b"<rcpt@example.net>",)
    fields: Fields = ()
    body: bytes = b""
    queue_id: bytes = b"4HarNess0z1"
    login: bytes | None = None

    @classmethod
    def from_eml(cls, raw: bytes) -> Self:
        """Return a message file's content, in an envelope that can be exchanged with `replace`."""
        fields, body = split_eml(raw)
        return replace(cls(), fields=fields, body=body)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body in the pieces that an MTA sends; none for an empty one."""
        for at in range(0, len(self.body), CHUNK):
            yield self.body[at : at + CHUNK]


def split_eml(raw: bytes) -> tuple[Fields, bytes]:
    """Cut a message file into header fields and body, as Postfix hands it to a filter."""
    mail = MailFile(BytesIO(raw))
    return tuple(mail.fields()), b"".join(mail.body())
