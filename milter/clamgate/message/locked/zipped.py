"""Locked zips: the same files in a zip that needs no password, for a scanner to unpack.

Each file stays packed as it is, so what comes of it is no larger than the zip: nothing is unpacked
here but to see whether a password is right, and that without keeping it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
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
_MOST_ENTRIES = 40_000
_MOST_TEXT = 1024
MOST_FILES = 200
"""Locked files that are opened."""

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
    """Whether anything in a zip needs a password; also if it has too many files to tell."""
    entries = list(_entries(data))
    is_any = any(entry is not None and entry.flags & _ENCRYPTED for entry in entries)
    return is_any or len(entries) > _MOST_ENTRIES


def locked_files(data: bytes) -> list[LockedFile]:
    """Return the files in a zip that need a password; if they are over `MOST_FILES`, one more.

    A zip lists its files twice: in a directory at its end, and in front of each. Programs go by one
    or the other, so both count.
    """
    found: dict[int, LockedFile] = {}
    for entry in _entries(data):
        if entry is not None and entry.flags & _ENCRYPTED and entry.start not in found:
            found[entry.start] = _file(data, entry)
        if len(found) > MOST_FILES:
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


def _entries(data: bytes) -> Iterator[_Entry | None]:
    """Yield what both listings name, None for what is no header.

    There are at most one more than `_MOST_ENTRIES`: an archive can be nothing but headers.
    """
    first = max(data.find(LOCAL), 0)
    places = chain(
        ((_central, at) for at in _places(data, CENTRAL)),
        ((_local, at) for at in _places(data, LOCAL)),
    )
    for read, at in islice(places, _MOST_ENTRIES + 1):
        yield read(data, at, first)


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + len(mark))


def _crc_behind(data: bytes, end: int) -> int | None:
    """Return the checksum that stands behind a file, if one does."""
    if data[end : end + 4] != _DESCRIPTOR_MARK:
        return None
    return int.from_bytes(data[end + 4 : end + 8], "little")


def _local(data: bytes, at: int, _first: int) -> _Entry | None:
    if at + _LOCAL.size > len(data):
        return None
    _, version, flags, method, time, _, crc, packed, size, *texts = _LOCAL.unpack_from(data, at)
    begin = at + _LOCAL.size
    start = begin + sum(texts)
    if version & 0xFF > _MAX_VERSION or start > len(data):
        return None
    name, extra = _texts(data, begin, *texts)
    return _Entry(flags, method, time, crc, packed, size, name, extra, start)


def _central(data: bytes, at: int, first: int) -> _Entry | None:
    if at + _CENTRAL.size > len(data):
        return None
    _, _, version, flags, method, time, _, crc, packed, size, *texts, _, _, _, _, offset = (
        _CENTRAL.unpack_from(data, at)
    )
    # Where a file's own header is counts from the first of them.
    places = [base + offset for base in (0, first) if data.startswith(LOCAL, base + offset)]
    local = _local(data, places[0], first) if places else None
    if version & 0xFF > _MAX_VERSION or local is None:
        return None
    name, extra = _texts(data, at + _CENTRAL.size, *texts[:2])
    return _Entry(flags, method, time, crc, packed, size, name, extra, local.start)


def _texts(data: bytes, begin: int, name: int, extra: int) -> tuple[bytes, bytes]:
    """Return a name and an extra field, as much of each as makes sense."""
    middle = begin + name
    return data[begin : begin + min(name, _MOST_TEXT)], data[
        middle : middle + min(extra, _MOST_TEXT)
    ]


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
