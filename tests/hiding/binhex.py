"""BinHex 4.0 (RFC 1741): what writes it, for tests of what reads it."""

from __future__ import annotations

from binascii import crc_hqx

_ALPHABET = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_RUN = b"\x90"


def binhexed(file: bytes, name: bytes = b"file.exe") -> bytes:
    """Return a file between colons, in lines of 64 letters, without the mark before it."""
    head = bytes((len(name),)) + name + b"\0" + b"????" + b"????" + b"\0\0"
    head += len(file).to_bytes(4, "big") + b"\0\0\0\0"
    archive = b"".join(part + crc_hqx(part, 0).to_bytes(2, "big") for part in (head, file, b""))
    letters = b":" + _letters(archive.replace(_RUN, _RUN + b"\0")) + b":"
    return b"".join(letters[at : at + 64] + b"\r\n" for at in range(0, len(letters), 64))


def _letters(data: bytes) -> bytes:
    bits = int.from_bytes(data + b"\0\0", "big")
    count = -(-len(data) * 8 // 6)
    total = (len(data) + 2) * 8
    return bytes(_ALPHABET[bits >> (total - 6 * (at + 1)) & 63] for at in range(count))
