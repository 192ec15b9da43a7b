"""What the filter answers, as values (libmilter's mfdef.h, SMFIR_*): replies, and edits before one.

Edits and Progress come before the reply to an EndOfMessage; Progress may come before any reply.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from clamgate.harness.wire_fields import Cursor, number, text
from clamgate.harness.wire_options import Actions
from clamgate.harness.wire_shapes import ChunkPacket, FieldPacket, Packet, TextPacket


@dataclass(frozen=True, slots=True)
class Answer(Packet):
    """What a filter says."""


@dataclass(frozen=True, slots=True)
class Reply(Answer):
    """An answer that ends a step."""


@dataclass(frozen=True, slots=True)
class Edit(Answer):
    """An answer that changes the message or its envelope.

    Attributes:
        ALLOWED_BY: The action that the filter must have been granted.
    """

    ALLOWED_BY: ClassVar[Actions]


@dataclass(frozen=True, slots=True)
class Progress(Answer):
    """Still at work: the MTA is to start its timeout anew."""

    LETTER: ClassVar[bytes] = b"p"


@dataclass(frozen=True, slots=True)
class Continue(Reply):
    """Go on."""

    LETTER: ClassVar[bytes] = b"c"


@dataclass(frozen=True, slots=True)
class Accept(Reply):
    """Take it, and tell me no more of it."""

    LETTER: ClassVar[bytes] = b"a"


@dataclass(frozen=True, slots=True)
class Reject(Reply):
    """Refuse it for good, in the MTA's own words."""

    LETTER: ClassVar[bytes] = b"r"


@dataclass(frozen=True, slots=True)
class TempFail(Reply):
    """Refuse it for now, in the MTA's own words."""

    LETTER: ClassVar[bytes] = b"t"


@dataclass(frozen=True, slots=True)
class Discard(Reply):
    """Take it and throw it away."""

    LETTER: ClassVar[bytes] = b"d"


@dataclass(frozen=True, slots=True)
class Skip(Reply):
    """Send me no more of this kind (body pieces, recipients), but go on."""

    LETTER: ClassVar[bytes] = b"s"


@dataclass(frozen=True, slots=True)
class ConnectionFail(Reply):
    """Let the connection fail."""

    LETTER: ClassVar[bytes] = b"f"


@dataclass(frozen=True, slots=True)
class Shutdown(Reply):
    """Close the SMTP session with a 421."""

    LETTER: ClassVar[bytes] = b"4"


@dataclass(frozen=True, slots=True)
class ReplyCode(TextPacket, Reply):
    """Refuse it with this SMTP reply (``550 5.7.1 text``), every ``%`` in it doubled."""

    LETTER: ClassVar[bytes] = b"y"

    @property
    def smtp(self) -> bytes:
        """The reply as the SMTP client gets it: ``%%`` is a ``%``, a lone one is dropped.

        So both Sendmail (which takes it as a printf format) and Postfix (milter8.c) have it.
        """
        return re.sub(rb"%(.?)", rb"\1", self.text, flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class Quarantine(TextPacket, Edit):
    """Hold the message, for this reason."""

    LETTER: ClassVar[bytes] = b"q"
    ALLOWED_BY: ClassVar[Actions] = Actions.QUARANTINE


@dataclass(frozen=True, slots=True)
class AddRecipient(TextPacket, Edit):
    """Deliver to this address too."""

    LETTER: ClassVar[bytes] = b"+"
    ALLOWED_BY: ClassVar[Actions] = Actions.ADD_RECIPIENTS


@dataclass(frozen=True, slots=True)
class DeleteRecipient(TextPacket, Edit):
    """Do not deliver to this address."""

    LETTER: ClassVar[bytes] = b"-"
    ALLOWED_BY: ClassVar[Actions] = Actions.DELETE_RECIPIENTS


@dataclass(frozen=True, slots=True)
class _AddressWithArgs(Edit):
    """An address, perhaps with ESMTP arguments (None where there are none)."""

    address: bytes
    args: bytes | None = None

    def payload(self) -> bytes:
        """Return what follows the letter."""
        return text(self.address) + (b"" if self.args is None else text(self.args))

    @classmethod
    def _read(cls, cursor: Cursor) -> Self:
        address = cursor.text("address")
        return cls(address, cursor.text("arguments") if cursor.more else None)


@dataclass(frozen=True, slots=True)
class AddRecipientWithArgs(_AddressWithArgs):
    """Deliver to this address too, with these ESMTP arguments."""

    LETTER: ClassVar[bytes] = b"2"
    ALLOWED_BY: ClassVar[Actions] = Actions.ADD_RECIPIENTS_WITH_ARGS


@dataclass(frozen=True, slots=True)
class ChangeSender(_AddressWithArgs):
    """Give the message another reverse-path."""

    LETTER: ClassVar[bytes] = b"e"
    ALLOWED_BY: ClassVar[Actions] = Actions.CHANGE_SENDER


@dataclass(frozen=True, slots=True)
class AddHeader(FieldPacket, Edit):
    """Append a header field."""

    LETTER: ClassVar[bytes] = b"h"
    ALLOWED_BY: ClassVar[Actions] = Actions.ADD_HEADERS


@dataclass(frozen=True, slots=True)
class _IndexedHeader(Edit):
    """A header field at a place."""

    index: int
    name: bytes
    value: bytes

    def payload(self) -> bytes:
        """Return what follows the letter."""
        return number(self.index) + text(self.name) + text(self.value)

    @classmethod
    def _read(cls, cursor: Cursor) -> Self:
        return cls(cursor.number("index"), cursor.text("name"), cursor.text("value"))


@dataclass(frozen=True, slots=True)
class InsertHeader(_IndexedHeader):
    """Put a field before the `index`-th of the header as delivered; 0 is the very top."""

    LETTER: ClassVar[bytes] = b"i"
    ALLOWED_BY: ClassVar[Actions] = Actions.ADD_HEADERS


@dataclass(frozen=True, slots=True)
class ChangeHeader(_IndexedHeader):
    """Give the `index`-th field (from 1) of this name a new value; an empty one deletes it."""

    LETTER: ClassVar[bytes] = b"m"
    ALLOWED_BY: ClassVar[Actions] = Actions.CHANGE_HEADERS


@dataclass(frozen=True, slots=True)
class ReplaceBody(ChunkPacket, Edit):
    """The new body, or the next piece of it, at most 65535 bytes."""

    LETTER: ClassVar[bytes] = b"b"
    ALLOWED_BY: ClassVar[Actions] = Actions.CHANGE_BODY
