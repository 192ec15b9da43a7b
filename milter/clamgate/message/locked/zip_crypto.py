"""The first encryption of zip (PKWARE's APPNOTE.TXT, 6.1): weak, and what most locked zips have."""

from __future__ import annotations

HEADER = 12
"""Random bytes in front of a file, the last of which tells most wrong passwords."""

_MULTIPLIER = 134775813


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ 0xEDB88320 if byte & 1 else byte >> 1
    return byte


_CRC = tuple(map(_crc_of, range(256)))


class ZipCrypto:
    """Decrypts one file.

    Args:
        password: Its bytes.
    """

    def __init__(self, password: bytes) -> None:
        self._keys = (0x12345678, 0x23456789, 0x34567890)
        for byte in password:
            self._update(byte)

    def decrypt(self, data: bytes) -> bytes:
        """Return the next bytes of it; about a megabyte a second."""
        table = _CRC
        key0, key1, key2 = self._keys
        plain = bytearray(data)
        for at, byte in enumerate(data):
            mask = key2 | 2
            byte ^= mask * (mask ^ 1) >> 8 & 0xFF  # noqa: PLW2901  this is the innermost loop
            plain[at] = byte
            key0 = key0 >> 8 ^ table[(key0 ^ byte) & 0xFF]
            key1 = (key1 + (key0 & 0xFF)) * _MULTIPLIER + 1 & 0xFFFFFFFF
            key2 = key2 >> 8 ^ table[(key2 ^ key1 >> 24) & 0xFF]
        self._keys = key0, key1, key2
        return bytes(plain)

    def _update(self, byte: int) -> None:
        key0, key1, key2 = self._keys
        key0 = key0 >> 8 ^ _CRC[(key0 ^ byte) & 0xFF]
        key1 = (key1 + (key0 & 0xFF)) * _MULTIPLIER + 1 & 0xFFFFFFFF
        key2 = key2 >> 8 ^ _CRC[(key2 ^ key1 >> 24) & 0xFF]
        self._keys = key0, key1, key2
