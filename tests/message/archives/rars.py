"""Writes RARs as the tests need them: headers that say what they should, files that are stored."""

from __future__ import annotations

from struct import pack
from zlib import crc32

MAGIC_4 = b"Rar!\x1a\x07\x00"
MAGIC_5 = b"Rar!\x1a\x07\x01\x00"


def rar_4(*files: tuple[bytes, bytes], locked: bool = False, packed: bool = False) -> bytes:
    """Return a RAR 4 with these files, name and bytes.

    Args:
        files: They are stored.
        locked: Whether it says that its names are encrypted.
        packed: Whether it says that the files are packed.
    """
    main = _block_4(0x73, 0x80 if locked else 0, bytes(6))
    return b"".join((MAGIC_4, main, *(_file_4(*file, packed=packed) for file in files), _END_4))


def rar_5(*files: tuple[bytes, bytes], locked: bool = False, packed: bool = False) -> bytes:
    """Do the same in RAR 5."""
    if locked:
        return MAGIC_5 + _block_5(4, b"\0\0\x0f" + bytes(16))
    main = _block_5(1, b"\0\0")
    return b"".join(
        (MAGIC_5, main, *(_file_5(*file, packed=packed) for file in files), _block_5(5, b"\0\0"))
    )


def _file_4(name: bytes, data: bytes, *, packed: bool) -> bytes:
    flags = 0x8000 | (0x200 if b"\0" in name else 0)
    fields = pack(
        "<IIBIIBBHI",
        len(data), len(data), 3, crc32(data), 0, 29, 0x33 if packed else 0x30, len(name), 0o644,
    )  # fmt: skip
    return _block_4(0x74, flags, fields + name) + data


def _block_4(kind: int, flags: int, rest: bytes) -> bytes:
    body = pack("<BHH", kind, flags, 7 + len(rest)) + rest
    return pack("<H", crc32(body) & 0xFFFF) + body


def _file_5(name: bytes, data: bytes, *, packed: bool) -> bytes:
    method = 0x80 if packed else 0
    fields = (2, len(data), 0, len(data), 0o644, method, 1, len(name))
    return _block_5(2, b"".join(map(_vint, fields)) + name) + data


def _block_5(kind: int, rest: bytes) -> bytes:
    header = _vint(kind) + rest
    sized = _vint(len(header)) + header
    return pack("<I", crc32(sized)) + sized


def _vint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


_END_4 = _block_4(0x7B, 0x4000, b"")
_END_5 = _block_5(5, b"\0\0")
