"""zip: what files it holds (PKWARE's APPNOTE.TXT).

A zip lists its files twice: in a directory at its end, and in front of each. Programs go by one or
the other, so both count, also where they say different things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from struct import Struct

from clamgate.message.archives import inflating
from clamgate.message.archives.entry import HEAD, Entry, stored, text_of
from clamgate.message.archives.inflating import Decompressor
from clamgate.message.archives.limits import Meter, UnlistedError

LOCAL_MAGIC = b"PK\x03\x04"
_CENTRAL_MAGIC = b"PK\x01\x02"
_END_MAGIC = b"PK\x05\x06"
# Signature, version, flags, method, time, date, crc, packed, size, name's length, extra's length.
_LOCAL = Struct("<4sHHHHHIIIHH")
# The same behind one more version; then lengths of name, extra and comment, disk, attributes (2, 4)
# and the local header's offset.
_CENTRAL = Struct("<4sHHHHHHIIIHHHHHII")
_EXTRA = Struct("<HH")
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_UNKNOWN = 0xFFFFFFFF
_ENCRYPTED, _DESCRIPTOR, _HIDDEN_NAMES = 0x0001, 0x0008, 0x2000
_MAX_VERSION = 100
_LZMA = 14


@dataclass(frozen=True, slots=True)
class _Member:
    """A file as one of its two headers has it.

    Attributes:
        names: Its name, perhaps a second one in UTF-8.
        flags, method: As they stand there.
        start: Where its packed bytes begin.
        packed: How many they are, None if that is left open.
        header: Where the header in front of it is, None if it is not found.
    """

    names: tuple[bytes, ...]
    flags: int
    method: int
    start: int
    packed: int | None
    header: int | None


def is_one(data: bytes) -> bool:
    """Whether there is a zip in it, also behind something else (what unpacks itself)."""
    return data.startswith(_END_MAGIC) or LOCAL_MAGIC in data


def entries(data: bytes, meter: Meter) -> Iterator[Entry]:
    """Yield what it holds.

    Raises:
        UnlistedError: Its names are encrypted, or it has none that can be read.
    """
    seen: set[int] = set()
    for central in _members(data, _CENTRAL_MAGIC, meter):
        local = _local(data, central.header) if central.header is not None else None
        seen.add(central.start)
        yield _entry(data, local, central, meter)
    for local in _members(data, LOCAL_MAGIC, meter):
        if local.start not in seen:
            seen.add(local.start)
            yield _entry(data, local, None, meter)
    if not seen and data.startswith(LOCAL_MAGIC):
        raise UnlistedError("it is broken")


def _entry(data: bytes, local: _Member | None, central: _Member | None, meter: Meter) -> Entry:
    known = [member for member in (local, central) if member is not None]
    if any(member.flags & _HIDDEN_NAMES and member.flags & _ENCRYPTED for member in known):
        raise UnlistedError("its names are encrypted")
    names = dict.fromkeys(name for member in known for name in member.names)
    # The sizes in front are left open where there is a descriptor behind; the directory has them.
    member = next((one for one in reversed(known) if one.packed is not None), known[-1])
    end = len(data) if member.packed is None else member.start + member.packed
    packed = memoryview(data)[member.start : end]
    return Entry(
        names=tuple(map(text_of, names)),
        head=_head(packed, member),
        unpack=partial(_unpack, packed, member, meter),
    )


def _members(data: bytes, magic: bytes, meter: Meter) -> Iterator[_Member]:
    read = _local if magic == LOCAL_MAGIC else _central
    at = data.find(magic)
    while at >= 0:
        meter.step()
        if (member := read(data, at)) is not None:
            yield member
        at = data.find(magic, at + 4)


def _local(data: bytes, at: int) -> _Member | None:
    if at + _LOCAL.size > len(data):
        return None
    _, version, flags, method, _, _, _, packed, _, names, extras = _LOCAL.unpack_from(data, at)
    if version & 0xFF > _MAX_VERSION or not names:
        return None
    start = at + _LOCAL.size
    name, extra = data[start : start + names], data[start + names : start + names + extras]
    size = _size(packed, extra)
    open_end = flags & _DESCRIPTOR and not size
    begins = start + names + extras
    return _Member(_names(name, extra), flags, method, begins, None if open_end else size, at)


def _central(data: bytes, at: int) -> _Member | None:
    if at + _CENTRAL.size > len(data):
        return None
    fields = _CENTRAL.unpack_from(data, at)
    flags, method, packed, names, extras, offset = (
        fields[3],
        fields[4],
        fields[8],
        fields[10],
        fields[11],
        fields[16],
    )
    if fields[2] & 0xFF > _MAX_VERSION or not names:
        return None
    start = at + _CENTRAL.size
    name, extra = data[start : start + names], data[start + names : start + names + extras]
    header = _header_at(data, offset)
    local = None if header is None else _local(data, header)
    begins = len(data) if local is None else local.start
    return _Member(_names(name, extra), flags, method, begins, _size(packed, extra), header)


def _header_at(data: bytes, offset: int) -> int | None:
    """Return where the header in front of a file is: its offset counts from the first of them."""
    for base in (0, max(data.find(LOCAL_MAGIC), 0)):
        if data[base + offset : base + offset + 4] == LOCAL_MAGIC:
            return base + offset
    return None


def _names(name: bytes, extra: bytes) -> tuple[bytes, ...]:
    found = [name]
    for kind, value in _extras(extra):
        if kind == _UNICODE_PATH:
            found.append(value[5:])  # behind a version and a checksum
    return tuple(found)


def _size(packed: int, extra: bytes) -> int | None:
    if packed != _UNKNOWN:
        return packed
    # Of zip64's fields the packed size stands behind the size, or first if that is not there.
    values = [value for kind, value in _extras(extra) if kind == _ZIP64]
    return int.from_bytes(values[0][8:16] or values[0][:8], "little") if values else None


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        yield kind, extra[at : at + length]
        at += length


def _head(packed: memoryview, member: _Member) -> bytes:
    if member.flags & _ENCRYPTED:
        return b""
    if member.method == 0:
        return bytes(packed[:HEAD])
    make = _decompressor(packed, member)
    # A head comes of few bytes, whatever the method; none need be copied for the rest.
    return inflating.head_of(make, _stream(packed[: 64 * HEAD], member), HEAD) if make else b""


def _unpack(packed: memoryview, member: _Member, meter: Meter) -> bytes:
    if member.flags & _ENCRYPTED:
        raise UnlistedError("it is encrypted")
    if member.method == 0:
        return stored(packed, meter)
    make = _decompressor(packed, member)
    if make is None:
        raise UnlistedError(f"it is packed in a way that is not known (method {member.method})")
    return inflating.all_of(make, _stream(packed, member), meter)


def _stream(packed: memoryview, member: _Member) -> bytes:
    # LZMA's properties stand before the stream: version (2), their length (2), and 5 of them.
    return bytes(packed[9:] if member.method == _LZMA else packed)


def _decompressor(packed: memoryview, member: _Member) -> Callable[[], Decompressor] | None:
    match member.method:
        case 8:
            return inflating.raw_deflate
        case 12:
            return inflating.bzip2
        case 14:
            return partial(_lzma, bytes(packed[4:9]))
        case 95:
            return inflating.xz
        case _:
            return None


def _lzma(properties: bytes) -> Decompressor:
    return inflating.raw_lzma(inflating.lzma1(properties))
