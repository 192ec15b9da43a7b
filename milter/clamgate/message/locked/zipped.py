"""Locked zips: the same files in a zip that needs no password, for a scanner to unpack.

Each file stays packed as it is, so what comes of it is no larger than the zip: nothing is unpacked
here but to see whether a password is right, and that without keeping it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from struct import Struct

from clamgate.message.locked import win_zip
from clamgate.message.locked.win_zip import Strength
from clamgate.message.locked.zip_crypto import HEADER, ZipCrypto

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_DESCRIPTOR_MARK = b"PK\x07\x08"
_MARKS = (LOCAL, CENTRAL, _DESCRIPTOR_MARK)
# What files that are packed with bzip2, LZMA, Zstandard and xz have, and where.
_BEGINNINGS = {
    12: (0, b"BZh"),
    14: (2, b"\5\0"),
    93: (0, b"\x28\xb5\x2f\xfd"),
    95: (0, b"\xfd7zXZ"),
}
# Signature, version, flags, method, time, date, crc, packed, size, lengths of name and extra.
_LOCAL = Struct("<4sHHHHHIIIHH")
# The same behind one more version; then lengths of name, extra and comment, disk, attributes (2, 4)
# and where the file's own header is.
_CENTRAL = Struct("<4sHHHHHHIIIHHHHHII")
_END = Struct("<4sHHHHIIH")
_EXTRA = Struct("<HH")
_ENCRYPTED, _DESCRIPTOR = 0x0001, 0x0008
STORED, _DEFLATED = 0, 8
_UNKNOWN = 0xFFFFFFFF
_MAX_VERSION = 100
_MAX_FILES = 200
_GLANCE = 2048
_STEP = 1 << 16
_PIECE, _PIECES = 1 << 20, 16


def _no_tick() -> None:
    """Nothing is done now and then."""


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file in a zip that needs a password.

    Attributes:
        name: Its name, as it stands there.
        method: How it is packed under the encryption.
        size, crc: Of the file itself, as said there; crc is None if it is not known.
        checks: What the byte may be that tells wrong passwords; of no account with AES.
        data: Its bytes in the zip.
        strength: What AES it is; None for the old encryption.
    """

    name: bytes
    method: int
    size: int
    crc: int | None
    checks: frozenset[int]
    data: bytes
    strength: Strength | None = None

    def opened(self, password: bytes, tick: Callable[[], None] = _no_tick) -> bytes | None:
        """Return it without the encryption, still packed; None if that is not the password.

        Args:
            password: A password.
            tick: Called now and then; what it raises ends it.
        """
        if self.strength is not None:
            return win_zip.opened(self.data, self.strength, password, tick)
        cipher = ZipCrypto(password)
        if cipher.decrypt(self.data[:HEADER])[-1:] not in map(_byte, self.checks):
            return None
        # Of wrong ones one in a hundred gets so far; nearly all of them end at the first look.
        packed = cipher.decrypt(self.data[HEADER : HEADER + _GLANCE])
        if self._is_right(packed, whole=len(self.data) <= HEADER + _GLANCE):
            rest = range(HEADER + _GLANCE, len(self.data), _STEP)
            for at in rest:
                tick()
                packed += cipher.decrypt(self.data[at : at + _STEP])
            return packed if self._is_right(packed, whole=True) else None
        return None

    def _is_right(self, packed: bytes, *, whole: bool) -> bool:
        """Say whether these bytes, or this beginning, may be the file.

        Where nothing shows that, they are not: what comes of a wrong password is no file.
        """
        if self.method == STORED:
            return not whole or self.crc == zlib.crc32(packed)
        if self.method != _DEFLATED:
            at, mark = _BEGINNINGS.get(self.method, (0, b""))
            return mark != b"" and packed.startswith(mark, at)
        checksum, unpacking = 0, zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for _ in range(_PIECES):
                checksum = zlib.crc32(unpacking.decompress(packed, _PIECE), checksum)
                packed = unpacking.unconsumed_tail
                if not packed or unpacking.eof:
                    right = unpacking.eof if self.crc is None else self.crc == checksum
                    return not whole or right
        except zlib.error:
            return False
        return True  # so much does not come of a wrong password


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file as one of its two headers has it.

    Attributes:
        flags, method, time, crc, size, name, extra: As they stand there.
        packed: How many bytes it takes in the zip, as said there.
        start: Where these begin.
    """

    flags: int
    method: int
    time: int
    crc: int
    packed: int
    size: int
    name: bytes
    extra: bytes
    start: int


def is_one(data: bytes) -> bool:
    """Whether it begins as a zip does, or ends as one (what unpacks itself)."""
    return data.startswith(LOCAL) or END in data[-(1 << 16) - _END.size :]


def is_locked(data: bytes) -> bool:
    """Whether anything in a zip needs a password."""
    return any(entry.flags & _ENCRYPTED for entry in _all_entries(data))


def locked_files(data: bytes) -> list[LockedFile]:
    """Return the files in a zip that need a password, `_MAX_FILES` at most.

    A zip lists its files twice: in a directory at its end, and in front of each. Programs go by one
    or the other, so both count.
    """
    found: dict[int, LockedFile] = {}
    for entry in _all_entries(data):
        if entry.flags & _ENCRYPTED and entry.start not in found:
            found[entry.start] = _file(data, entry)
        if len(found) == _MAX_FILES:
            break
    return list(found.values())


def without_lock(files: Iterable[tuple[LockedFile, bytes]]) -> bytes:
    """Return a zip of files that are still packed as they were."""
    body, directory, count = bytearray(), bytearray(), 0
    for file, packed in files:
        count += 1
        size = len(packed) if file.method == STORED else file.size
        sizes = (len(packed), size, len(file.name), 0)
        fields = (20, 0, file.method, 0, 0x21, file.crc or 0, *sizes)
        directory += _CENTRAL.pack(CENTRAL, 20, *fields, 0, 0, 0, 0, len(body)) + file.name
        body += _LOCAL.pack(LOCAL, *fields) + file.name + packed
    end = _END.pack(END, 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def _file(data: bytes, entry: _Entry) -> LockedFile:
    is_open = bool(entry.flags & _DESCRIPTOR) and not entry.packed
    end = entry.start + entry.packed
    if is_open or entry.packed == _UNKNOWN:
        ends = (data.find(mark, entry.start) for mark in _MARKS)
        end = min((at for at in ends if at >= 0), default=len(data))
    strength = win_zip.strength_of(_extra(entry.extra, win_zip.EXTRA))
    if entry.method != win_zip.METHOD:
        strength = None
    return LockedFile(
        name=entry.name,
        method=entry.method if strength is None else strength.method,
        size=entry.size,
        crc=_crc_behind(data, end) if is_open else entry.crc,
        checks=frozenset({entry.crc >> 24, entry.time >> 8}),
        data=data[entry.start : end],
        strength=strength,
    )


def _all_entries(data: bytes) -> Iterator[_Entry]:
    return chain(_entries(data, CENTRAL, _central), _entries(data, LOCAL, _local))


def _crc_behind(data: bytes, end: int) -> int | None:
    """Return the checksum that stands behind a file, if one does."""
    if data[end : end + 4] != _DESCRIPTOR_MARK:
        return None
    return int.from_bytes(data[end + 4 : end + 8], "little")


def _entries(
    data: bytes, mark: bytes, read: Callable[[bytes, int], _Entry | None]
) -> Iterator[_Entry]:
    at = data.find(mark)
    while at >= 0:
        if (entry := read(data, at)) is not None:
            yield entry
        at = data.find(mark, at + 4)


def _local(data: bytes, at: int) -> _Entry | None:
    if at + _LOCAL.size > len(data):
        return None
    _, version, flags, method, time, _, crc, packed, size, name, extra = _LOCAL.unpack_from(
        data, at
    )
    begin = at + _LOCAL.size
    middle, start = begin + name, begin + name + extra
    if version & 0xFF > _MAX_VERSION or start > len(data):
        return None
    return _Entry(
        flags, method, time, crc, packed, size, data[begin:middle], data[middle:start], start
    )


def _central(data: bytes, at: int) -> _Entry | None:
    if at + _CENTRAL.size > len(data):
        return None
    _, _, version, flags, method, time, _, crc, packed, size, name, extra, *_, offset = (
        _CENTRAL.unpack_from(data, at)
    )
    local = _header(data, offset)
    if version & 0xFF > _MAX_VERSION or local is None:
        return None
    begin = at + _CENTRAL.size
    middle = begin + name
    extras = data[middle : middle + extra]
    return _Entry(flags, method, time, crc, packed, size, data[begin:middle], extras, local.start)


def _header(data: bytes, offset: int) -> _Entry | None:
    """Return a file's own header; where it is counts from the first of them."""
    for base in (0, max(data.find(LOCAL), 0)):
        if data[base + offset : base + offset + 4] == LOCAL:
            return _local(data, base + offset)
    return None


def _extra(extra: bytes, wanted: int) -> bytes:
    at = 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if kind == wanted:
            return extra[at : at + length]
        at += length
    return b""


def _byte(number: int) -> bytes:
    return bytes((number & 0xFF,))
