"""The shapes of packets, as classes of one's own that have them."""

from __future__ import annotations

import pytest

from clamgate.harness.wire_frames import ProtocolError
from clamgate.harness.wire_shapes import ChunkPacket, FieldPacket, Packet, TextPacket


def test_each_shape_is_written_and_read() -> None:
    assert Packet().payload() == b""
    assert TextPacket(b"mx").payload() == b"mx\0"
    assert FieldPacket(b"To", b" a\n b").payload() == b"To\0 a\n b\0"
    assert ChunkPacket(b"a\0b").payload() == b"a\0b"
    assert Packet.parse(b"") == Packet()
    assert TextPacket.parse(b"\0") == TextPacket(b"")
    assert FieldPacket.parse(b"To\0\0") == FieldPacket(b"To", b"")
    assert ChunkPacket.parse(b"a\0b") == ChunkPacket(b"a\0b")


@pytest.mark.parametrize(
    ("shape", "payload", "complaint"),
    [
        (Packet, b"x", "Packet: 1 bytes too many"),
        (TextPacket, b"mx", "TextPacket: text is not ended by a NUL"),
        (TextPacket, b"", "TextPacket: text is not ended by a NUL"),
        (TextPacket, b"a\0b\0", "TextPacket: 2 bytes too many"),
        (FieldPacket, b"To\0", "FieldPacket: value is not ended by a NUL"),
        (FieldPacket, b"To\0a\0b\0", "FieldPacket: 2 bytes too many"),
    ],
)
def test_what_does_not_fit_is_refused(shape: type[Packet], payload: bytes, complaint: str) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        shape.parse(payload)
