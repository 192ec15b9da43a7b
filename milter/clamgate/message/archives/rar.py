"""RAR 1.5 to 4 and RAR 5: what files it holds (the archive format's technical note, and unrar's).

Only the headers are read; files that are stored and not packed can be looked into.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from struct import Struct

from clamgate.message.archives.entry import HEAD, Entry, stored, text_of
from clamgate.message.archives.limits import Meter, UnlistedError

MAGIC_4 = b"Rar!\x1a\x07\x00"
MAGIC_5 = b"Rar!\x1a\x07\x01\x00"

_ENCRYPTED_NAMES = "its names are encrypted"
# Checksum, type, flags, size of the header; in a file's: packed, unpacked, system, checksum, time,
# version, method, length of the name, attributes.
_BLOCK_4 = Struct("<HBHH")
_FILE_4 = Struct("<IIBIIBBHI")
_MAIN, _FILE, _SERVICE, _END = 0x73, 0x74, 0x7A, 0x7B
_LOCKED_HEADERS, _LOCKED, _LARGE, _UNICODE, _HAS_DATA = 0x0080, 0x0004, 0x0100, 0x0200, 0x8000
_STORED_4 = 0x30
_MAIN_5, _FILE_5, _SERVICE_5, _LOCK_5, _END_5 = 1, 2, 3, 4, 5
_EXTRA_5, _DATA_5 = 0x01, 0x02
_TIME_5, _CHECKSUM_5 = 0x02, 0x04
_METHOD_5 = 0x0380
_MAX_VINT = 10


def entries_4(data: bytes, meter: Meter) -> Iterator[Entry]:
    """Yield what a RAR up to version 4 holds; `data` begins with its mark.

    Raises:
        UnlistedError: Its names are encrypted, or it is broken or cut short.
    """
    at = len(MAGIC_4)
    while at + _BLOCK_4.size <= len(data):
        meter.step()
        _, kind, flags, size = _BLOCK_4.unpack_from(data, at)
        if size < _BLOCK_4.size:
            raise UnlistedError("it is broken")
        if kind == _MAIN and flags & _LOCKED_HEADERS:
            raise UnlistedError(_ENCRYPTED_NAMES)
        if kind == _END:
            return
        header, at = data[at : at + size], at + size
        packed = 0
        if kind in (_FILE, _SERVICE):
            packed = _packed_4(header, flags)
            if kind == _FILE:
                yield _file_4(header, flags, memoryview(data)[at : at + packed], meter)
        elif flags & _HAS_DATA:
            packed = int.from_bytes(header[7:11], "little")
        at += packed
    if at > len(data):
        raise UnlistedError("it is cut short")


def _packed_4(header: bytes, flags: int) -> int:
    high = int.from_bytes(header[32:36], "little") if flags & _LARGE else 0
    return high << 32 | int.from_bytes(header[7:11], "little")


def _file_4(header: bytes, flags: int, packed: memoryview, meter: Meter) -> Entry:
    if len(header) < _BLOCK_4.size + _FILE_4.size:
        raise UnlistedError("it is broken")
    *_, method, length, _ = _FILE_4.unpack_from(header, _BLOCK_4.size)
    start = _BLOCK_4.size + _FILE_4.size + (8 if flags & _LARGE else 0)
    raw = header[start : start + length]
    names = [text_of(raw.partition(b"\0")[0])]
    if flags & _UNICODE and b"\0" in raw:
        name, _, encoded = raw.partition(b"\0")
        names.append(_unicode_4(name, encoded))
    is_open = method == _STORED_4 and not flags & _LOCKED
    return _entry(names, packed, meter, is_open=is_open)


def _unicode_4(name: bytes, encoded: bytes) -> str:
    """Return a name in the way RAR has it: what differs from the plain one, in UTF-16.

    Two bits for each character (or run) say what it is: a byte, a byte below a high byte that all
    share, two bytes, or a run of characters of the plain name.
    """
    out = bytearray()
    high, at, bits, flags = encoded[:1], 1, 0, 0

    def take() -> bytes:
        nonlocal at
        at += 1
        return encoded[at - 1 : at] or b"\0"

    while at < len(encoded):
        if bits == 0:
            flags, bits = take()[0], 8
        bits -= 2
        match flags >> bits & 3:
            case 0:
                out += take() + b"\0"
            case 1:
                out += take() + high
            case 2:
                out += take() + take()
            case _:
                length = take()[0]
                shift = take()[0] if length & 0x80 else None
                place = len(out) // 2
                for char in name[place : place + (length & 0x7F) + 2]:
                    low = char if shift is None else char + shift & 0xFF
                    out += bytes((low,)) + (b"\0" if shift is None else high)
    return out.decode("utf-16-le", "replace")


@dataclass(slots=True)
class _Vints:
    """Numbers of RAR 5, of 7 bits a byte, the lowest first.

    Attributes:
        data: Where they stand.
        at: The next one.
    """

    data: bytes
    at: int = 0

    def next(self) -> int:
        """Return the next one.

        Raises:
            UnlistedError: There is none.
        """
        value = 0
        for number in range(_MAX_VINT):
            if self.at >= len(self.data):
                break
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << 7 * number
            if not byte & 0x80:
                return value
        raise UnlistedError("it is broken")


def entries_5(data: bytes, meter: Meter) -> Iterator[Entry]:
    """Yield what a RAR 5 holds; as `entries_4`. It always has an end."""
    at = len(MAGIC_5)
    while at + 4 < len(data):
        meter.step()
        sizes = _Vints(data, at + 4)  # behind the checksum
        size = sizes.next()
        header = _Vints(data[sizes.at : sizes.at + size])
        at = sizes.at + size
        kind, flags = header.next(), header.next()
        if kind == _LOCK_5:
            raise UnlistedError(_ENCRYPTED_NAMES)
        if kind == _END_5:
            return
        if flags & _EXTRA_5:
            header.next()
        packed = header.next() if flags & _DATA_5 else 0
        if kind == _FILE_5:
            yield _file_5(header, memoryview(data)[at : at + packed], meter)
        at += packed
    raise UnlistedError("it is cut short")


def _file_5(header: _Vints, packed: memoryview, meter: Meter) -> Entry:
    flags = header.next()
    unpacked, _ = header.next(), header.next()
    header.at += (4 if flags & _TIME_5 else 0) + (4 if flags & _CHECKSUM_5 else 0)
    packing, _, length = header.next(), header.next(), header.next()
    name = header.data[header.at : header.at + length]
    # What is stored and encrypted is padded to whole blocks, and has a record of that.
    is_open = not packing & _METHOD_5 and unpacked == len(packed)
    return _entry([text_of(name)], packed, meter, is_open=is_open)


def _entry(names: list[str], packed: memoryview, meter: Meter, *, is_open: bool) -> Entry:
    return Entry(
        names=tuple(dict.fromkeys(names)),
        head=bytes(packed[:HEAD]) if is_open else b"",
        unpack=partial(stored, packed, meter) if is_open else _packed,
    )


def _packed() -> bytes:
    raise UnlistedError("it is in a RAR, which is not unpacked")
