"""The shapes that packets have, whoever sends them: nothing, a text, a name with a value, bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from clamgate.harness.wire_fields import Cursor, text


@dataclass(frozen=True, slots=True)
class Packet:
    """What all packets have in common; by itself one without a payload.

    Attributes:
        LETTER: Its first byte on the wire.
    """

    LETTER: ClassVar[bytes]

    def payload(self) -> bytes:
        """Return what follows the letter.

        Raises:
            ValueError: A text holds a NUL, which would end it early.
        """
        return b""

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read what follows the letter.

        Raises:
            ProtocolError: It does not hold what this packet holds.
        """
        cursor = Cursor(cls.__name__, payload)
        packet = cls._read(cursor)
        cursor.end()
        return packet

    @classmethod
    def _read(cls, cursor: Cursor) -> Self:
        """Read the fields; what is left over is the caller's business."""
        del cursor
        return cls()


@dataclass(frozen=True, slots=True)
class TextPacket(Packet):
    """One text."""

    text: bytes

    def payload(self) -> bytes:
        """Return what follows the letter."""
        return text(self.text)

    @classmethod
    def _read(cls, cursor: Cursor) -> Self:
        return cls(cursor.text("text"))


@dataclass(frozen=True, slots=True)
class FieldPacket(Packet):
    """A name and its value."""

    name: bytes
    value: bytes

    def payload(self) -> bytes:
        """Return what follows the letter."""
        return text(self.name) + text(self.value)

    @classmethod
    def _read(cls, cursor: Cursor) -> Self:
        return cls(cursor.text("name"), cursor.text("value"))


@dataclass(frozen=True, slots=True)
class ChunkPacket(Packet):
    """Bytes of a body, line ends CRLF; they may be none."""

    data: bytes = b""

    def payload(self) -> bytes:
        """Return what follows the letter."""
        return self.data

    @classmethod
    def _read(cls, cursor: Cursor) -> Self:
        return cls(cursor.rest())
