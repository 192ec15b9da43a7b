"""The few shapes that values take inside a packet: NUL-terminated text, big-endian numbers."""

from __future__ import annotations

from clamgate.harness.wire_frames import ProtocolError

NUMBER_BYTES = 4
PORT_BYTES = 2
MAX_NUMBER = 2 ** (8 * NUMBER_BYTES) - 1


def text(value: bytes) -> bytes:
    """Return a text field.

    Raises:
        ValueError: The value holds a NUL, which ends a text on the wire.
    """
    if b"\0" in value:
        raise ValueError(f"a text of the milter protocol cannot hold a NUL: {value!r}")
    return value + b"\0"


def number(value: int) -> bytes:
    """Return a number field.

    Raises:
        OverflowError: It is negative or takes more than 32 bits.
    """
    return value.to_bytes(NUMBER_BYTES)


class Cursor:
    """Reads the fields of one payload from front to back; a ProtocolError names what is wrong.

    Attributes:
        packet: What is being read, for error messages.
    """

    def __init__(self, packet: str, payload: bytes) -> None:
        self.packet = packet
        self._payload = payload
        self._at = 0

    @property
    def more(self) -> bool:
        """Whether anything is left to read."""
        return self._at < len(self._payload)

    def take(self, count: int, field: str) -> bytes:
        """Return the next `count` bytes."""
        end = self._at + count
        if end > len(self._payload):
            raise self.error(f"{field} is cut off")
        taken, self._at = self._payload[self._at : end], end
        return taken

    def number(self, field: str) -> int:
        """Return the next 32-bit number."""
        return int.from_bytes(self.take(NUMBER_BYTES, field))

    def port(self, field: str) -> int:
        """Return the next 16-bit number."""
        return int.from_bytes(self.take(PORT_BYTES, field))

    def text(self, field: str) -> bytes:
        """Return the next text, without its NUL."""
        end = self._payload.find(b"\0", self._at)
        if end < 0:
            raise self.error(f"{field} is not ended by a NUL")
        taken, self._at = self._payload[self._at : end], end + 1
        return taken

    def texts(self, field: str) -> tuple[bytes, ...]:
        """Return all that is left as texts; there may be none."""
        found = []
        while self.more:
            found.append(self.text(field))
        return tuple(found)

    def rest(self) -> bytes:
        """Return all that is left as it is."""
        taken, self._at = self._payload[self._at :], len(self._payload)
        return taken

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self.more:
            raise self.error(f"{len(self._payload) - self._at} bytes too many")

    def error(self, why: str) -> ProtocolError:
        """Return an error that names the packet."""
        return ProtocolError(f"{self.packet}: {why} (payload {self._payload[:64]!r})")
