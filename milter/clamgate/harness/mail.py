"""Mail to be judged, as values: who connects, what is sent, and how an MTA would cut it up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from clamgate.harness.wire import Family

CHUNK = 65535
"""Bytes of body in one packet, as Postfix and Sendmail send it (MILTER_CHUNK_SIZE)."""

Fields = tuple[tuple[bytes, bytes], ...]


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
    r"""Cut a message file into header fields and body, as Postfix hands it to a filter.

    Lines may end in LF or CRLF. A field's value keeps what stands after the colon and its folds
    as LF; a C string ends at a NUL, so a value does too. The first line that is no field ends the
    header; it is dropped if it is empty. The body comes with CRLF, after the last line too.
    """
    lines = raw.replace(b"\r\n", b"\n").split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    fields: list[tuple[bytes, bytes]] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if line[:1] in {b" ", b"\t"} and fields:
            name, value = fields[-1]
            fields[-1] = (name, value + b"\n" + line)
        elif (field := _field(line)) is not None:
            fields.append(field)
        else:
            break
        at += 1
    rest = lines[at:]
    if rest[:1] == [b""]:
        rest = rest[1:]
    body = b"".join(line + b"\r\n" for line in rest)
    return tuple((name, value.partition(b"\0")[0]) for name, value in fields), body


def _field(line: bytes) -> tuple[bytes, bytes] | None:
    """Return a header line's name and value; None if it is none (RFC 5322, 3.6.8)."""
    name, colon, value = line.partition(b":")
    name = name.rstrip(b" \t")
    if not colon or not name or any(not 33 <= byte <= 126 for byte in name):  # noqa: PLR2004 - "!" and "~" bound RFC 5322's ftext
        return None
    return name, value
