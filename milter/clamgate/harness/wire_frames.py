"""Framing of the milter protocol, both ways: length, letter, payload.

A packet is four bytes of length (big-endian, the letter included), one letter that says what it
is, and its payload (libmilter's comm.c). Nothing here knows what the letters mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

LENGTH_BYTES = 4
MAX_PAYLOAD = 65535
"""What libmilter and Sendmail take in one packet, in bytes (MILTER_MAX_DATA_SIZE)."""


class ProtocolError(Exception):
    """The other side sent what the milter protocol does not allow. The text says what and where."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One packet, not yet understood. `letter` is a single byte."""

    letter: bytes
    payload: bytes = b""

    def encode(self) -> bytes:
        """Return the packet as it goes over the wire."""
        length = len(self.letter) + len(self.payload)
        return length.to_bytes(LENGTH_BYTES) + self.letter + self.payload


class FrameReader:
    """Cuts a stream into frames, however it is chopped up on its way.

    Attributes:
        max_payload: A longer payload is refused before it is read, in bytes.
    """

    def __init__(self, max_payload: int = MAX_PAYLOAD) -> None:
        self.max_payload = max_payload
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self._buffer += data

    def frames(self) -> Iterator[Frame]:
        """Yield every frame that is complete.

        Raises:
            ProtocolError: A length is 0 (no letter) or larger than is allowed.
        """
        while (frame := self._next()) is not None:
            yield frame

    def close(self) -> None:
        """Take note that the stream ended.

        Raises:
            ProtocolError: It ended inside a packet.
        """
        if self._buffer:
            raise ProtocolError(
                f"the stream ended inside a packet: {bytes(self._buffer[:16])!r} is not whole"
            )

    def _next(self) -> Frame | None:
        if len(self._buffer) < LENGTH_BYTES:
            return None
        length = int.from_bytes(self._buffer[:LENGTH_BYTES])
        if not 1 <= length <= 1 + self.max_payload:
            raise ProtocolError(
                f"a packet gives its length as {length}; 1 to {1 + self.max_payload} is allowed"
            )
        end = LENGTH_BYTES + length
        if len(self._buffer) < end:
            return None
        packet = bytes(self._buffer[LENGTH_BYTES:end])
        del self._buffer[:end]
        return Frame(packet[:1], packet[1:])
