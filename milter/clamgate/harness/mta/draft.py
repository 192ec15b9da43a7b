"""A message on its way through the MTA: its envelope, and its content as filters can edit it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from clamgate.harness.mailfile import MailFile, split_field


@dataclass(frozen=True, slots=True)
class Field:
    """One header field.

    Attributes:
        text: As it stands, without its last line end, LF where it is folded.
        ours: Whether this MTA added it. Such a field is not shown to filters, and cannot be changed
            by them; but it counts where one is inserted (Postfix's cleanup_milter.c).
    """

    text: bytes
    ours: bool = False

    @property
    def name(self) -> bytes:
        """What stands before the colon."""
        return split_field(self.text)[0]

    @property
    def value(self) -> bytes:
        """What stands after the colon, its leading space included."""
        return split_field(self.text)[1]


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address without angle brackets, and its ESMTP arguments (``NOTIFY=NEVER``)."""

    address: bytes
    args: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A message with its envelope.

    Attributes:
        sender: Without angle brackets.
        sender_args: ESMTP arguments of MAIL.
        recipients: In order.
        fields: The header.
        separated: Whether an empty line stands before the body.
        body: With CRLF line ends.
    """

    sender: bytes
    sender_args: tuple[bytes, ...]
    recipients: tuple[Recipient, ...]
    fields: tuple[Field, ...]
    separated: bool
    body: bytes

    @property
    def content(self) -> bytes:
        """The message as it is delivered, with CRLF line ends."""
        header = b"".join(field.text.replace(b"\n", b"\r\n") + b"\r\n" for field in self.fields)
        return header + (b"\r\n" if self.separated or self.body else b"") + self.body

    @property
    def destinations(self) -> tuple[Recipient, ...]:
        """The recipients it is delivered to: each address once, as Postfix does it."""
        first: dict[bytes, Recipient] = {}
        for recipient in self.recipients:
            first.setdefault(recipient.address, recipient)
        return tuple(first.values())

    def value(self, name: bytes) -> bytes | None:
        """Return the value of the first field of this name without its outer blanks, if any."""
        found = (it.value for it in self.fields if it.name.lower() == name.lower())
        value = next(found, None)
        return None if value is None else value.strip()


def draft_of(
    content: bytes,
    sender: bytes,
    recipients: tuple[Recipient, ...],
    sender_args: tuple[bytes, ...] = (),
    received: bytes | None = None,
) -> Draft:
    """Return a message as it arrived, cut up and cleaned as Postfix does it (see mailfile).

    Args:
        content: As it came; lines end in CRLF or LF.
        sender: Without angle brackets.
        recipients: Those that were accepted.
        sender_args: ESMTP arguments of MAIL.
        received: A Received field of this MTA's own to be put on top, LF where it is folded.
    """
    mail = MailFile(BytesIO(content))
    fields = tuple(map(Field, mail.texts()))
    if received is not None:
        fields = (Field(received, ours=True), *fields)
    body = b"".join(mail.body())
    return Draft(sender, sender_args, recipients, fields, mail.separated, body)
