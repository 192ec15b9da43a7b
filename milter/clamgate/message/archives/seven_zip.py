"""7z: what files it holds (7zFormat.txt of the LZMA SDK).

The listing stands at the end, mostly packed. Files are unpacked only where one coder that the
standard library knows has packed them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial

from clamgate.message.archives import inflating
from clamgate.message.archives.entry import HEAD, Entry, stored
from clamgate.message.archives.inflating import Decompressor
from clamgate.message.archives.limits import Meter, UnlistedError

MAGIC = b"7z\xbc\xaf\x27\x1c"

_START = 32
_BROKEN = "it is broken"
_LZMA, _LZMA2, _COPY, _AES = b"\x03\x01\x01", b"\x21", b"\x00", b"\x06\xf1\x07\x01"
_X86 = b"\x03\x03\x01\x03"
_DEFLATE, _BZIP2 = b"\x04\x01\x08", b"\x04\x02\x02"
# Of files in one archive, and of whatever else is counted; and bytes of its listing.
_MAX_COUNT = 100_000
_MAX_LISTING = 8 << 20


class _Id(IntEnum):
    """Property ids."""

    END = 0x00
    HEADER = 0x01
    ARCHIVE_PROPERTIES = 0x02
    ADDITIONAL_STREAMS = 0x03
    MAIN_STREAMS = 0x04
    FILES = 0x05
    PACK_INFO = 0x06
    UNPACK_INFO = 0x07
    SUBSTREAMS = 0x08
    SIZE = 0x09
    CRC = 0x0A
    FOLDER = 0x0B
    UNPACK_SIZE = 0x0C
    UNPACK_STREAMS = 0x0D
    EMPTY_STREAM = 0x0E
    NAMES = 0x11
    ENCODED_HEADER = 0x17


@dataclass(frozen=True, slots=True)
class _Coder:
    method: bytes
    properties: bytes


@dataclass(slots=True)
class _Folder:
    """What is packed together: with which coders, from which bytes, and what comes of it."""

    coders: list[_Coder]
    streams: int
    outputs: int
    sizes: list[int] = field(default_factory=list)
    start: int = 0
    packed: int = 0
    files: list[int] | None = None
    has_digest: bool = False

    @property
    def size(self) -> int:
        """Bytes that come out of the last coder."""
        return self.sizes[-1] if self.sizes else 0

    @property
    def is_locked(self) -> bool:
        """Whether a password is needed."""
        return any(coder.method.startswith(_AES) for coder in self.coders)

    @property
    def file_sizes(self) -> list[int]:
        """Of the files in it: it is one if nothing else is said."""
        return [self.size] if self.files is None else self.files


@dataclass(slots=True)
class _Reader:
    """Reads the numbers and bytes of a header, one after the other."""

    data: bytes
    at: int = 0

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise UnlistedError(_BROKEN)
        self.at += 1
        return self.data[self.at - 1]

    def bytes(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise UnlistedError(_BROKEN)
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        """The more ones its first byte begins with, the more bytes follow."""
        first = self.byte()
        mask, value = 0x80, 0
        for shift in range(0, 64, 8):
            if not first & mask:
                return value | (first & mask - 1) << shift
            value |= self.byte() << shift
            mask >>= 1
        return value

    def count(self) -> int:
        """Return a number of things that are to be read now."""
        number = self.number()
        if number > _MAX_COUNT:
            raise UnlistedError("its listing is too long")
        return number

    def bits(self, count: int) -> list[bool]:
        packed = self.bytes(-(-count // 8))
        return [bool(packed[n // 8] >> 7 - n % 8 & 1) for n in range(count)]

    def digests(self, count: int) -> list[bool]:
        """Pass over checksums, and say of what there is one."""
        known = [True] * count if self.byte() else self.bits(count)
        self.bytes(4 * sum(known))
        return known


def entries(data: bytes, meter: Meter) -> Iterator[Entry]:
    """Yield what it holds; `data` begins with its mark.

    Raises:
        UnlistedError: Its names are encrypted, or it is broken or cut short.
    """
    offset, size = (int.from_bytes(data[at : at + 8], "little") for at in (12, 20))
    header = data[_START + offset : _START + offset + min(size, _MAX_LISTING)]
    if len(header) < min(size, _MAX_LISTING) or len(data) < _START:
        raise UnlistedError("it is cut short")
    if not header:
        return
    reader = _Reader(header)
    kind = reader.byte()
    for _ in range(4):  # a packed header may be packed again; nobody does
        if kind != _Id.ENCODED_HEADER:
            break
        folders = _streams(reader)
        if not folders:
            raise UnlistedError(_BROKEN)
        folder = folders[0]
        if folder.is_locked:
            raise UnlistedError("its names are encrypted")
        if folder.size > _MAX_LISTING:
            raise UnlistedError("its listing is too long")
        reader = _Reader(_unpacked(data, folder, meter)[:_MAX_LISTING])
        kind = reader.byte()
    if kind != _Id.HEADER:
        raise UnlistedError(_BROKEN)
    yield from _files(data, reader, meter)


def _files(data: bytes, reader: _Reader, meter: Meter) -> Iterator[Entry]:
    folders: list[_Folder] = []
    while (kind := reader.byte()) != _Id.FILES:
        match kind:
            case _Id.END:
                return
            case _Id.ARCHIVE_PROPERTIES:
                while reader.byte() != _Id.END:
                    reader.bytes(reader.number())
            case _Id.ADDITIONAL_STREAMS:
                _streams(reader)
            case _Id.MAIN_STREAMS:
                folders = _streams(reader)
            case _:
                raise UnlistedError(_BROKEN)
    contents = _contents(data, folders, meter)
    for name, is_empty in _names(reader):
        head, unpack = (b"", _nothing) if is_empty else next(contents, (b"", _unknown))
        yield Entry((name,), head, unpack)


def _names(reader: _Reader) -> Iterator[tuple[str, bool]]:
    """Yield the name of each file, and whether it is empty (or a folder)."""
    count = reader.count()
    names: list[str] = []
    empty = [False] * count
    while (kind := reader.byte()) != _Id.END:
        part = _Reader(reader.bytes(reader.number()))
        if kind == _Id.NAMES:
            if part.byte():
                raise UnlistedError("its names are in another file")
            names = part.data[1:].decode("utf-16-le", "replace").split("\0", count)
        elif kind == _Id.EMPTY_STREAM:
            empty = part.bits(count)
    yield from zip(names[:count], empty, strict=False)


_Content = tuple[bytes, Callable[[], bytes]]


def _contents(data: bytes, folders: list[_Folder], meter: Meter) -> Iterator[_Content]:
    """Yield the first bytes of each file that is not empty, and how to get all of them.

    What is packed together is unpacked at once, unless that takes too much of what there is room
    for; of the files in it only the first can then be looked at.
    """
    for folder in folders:
        whole = b""
        if not folder.is_locked and folder.size <= meter.room // 2:
            with suppress(UnlistedError):
                whole = _unpacked(data, folder, meter)
        first = _head(data, folder)
        begin = 0
        for size in folder.file_sizes:
            if whole:
                file = memoryview(whole)[begin : begin + size]
                yield bytes(file[:HEAD]), partial(stored, file, meter)
            else:
                yield (first if begin == 0 else b""), partial(_packed_file, folder)
            begin += size


def _head(data: bytes, folder: _Folder) -> bytes:
    make = _decompressor(folder)
    if make is None:
        return b""
    packed = data[folder.start : folder.start + min(folder.packed, 64 * HEAD)]
    return inflating.head_of(make, packed, min(HEAD, *folder.file_sizes[:1] or [0]))


def _packed_file(folder: _Folder) -> bytes:
    raise UnlistedError(
        "it is encrypted" if folder.is_locked else "it is in a 7z, and not unpacked from there"
    )


def _nothing() -> bytes:
    return b""


def _unknown() -> bytes:
    raise UnlistedError(_BROKEN)


def _unpacked(data: bytes, folder: _Folder, meter: Meter) -> bytes:
    packed = memoryview(data)[folder.start : folder.start + folder.packed]
    if [coder.method for coder in folder.coders] == [_COPY]:
        return stored(packed, meter)
    make = _decompressor(folder)
    if make is None:
        raise UnlistedError("it is packed in a way that is not known")
    return inflating.all_of(make, packed, meter)


def _decompressor(folder: _Folder) -> Callable[[], Decompressor] | None:
    """Return what makes a decompressor, None if only 7-Zip itself knows how."""
    by_method = {coder.method: coder.properties for coder in folder.coders}
    filters = [inflating.x86] if by_method.pop(_X86, None) is not None else []
    if len(by_method) != 1 or len(folder.coders) != 1 + len(filters):
        return None
    ((method, properties),) = by_method.items()
    if method in _FILTERS:
        filters.append(partial(_FILTERS[method], properties))
        return partial(_chain, filters)
    return None if filters else _PLAIN.get(method)


def _chain(filters: list[Callable[[], dict[str, int]]]) -> Decompressor:
    return inflating.raw_lzma(*(make() for make in filters))


_FILTERS: Mapping[bytes, Callable[[bytes], dict[str, int]]] = {
    _LZMA: inflating.lzma1,
    _LZMA2: inflating.lzma2,
}
_PLAIN: Mapping[bytes, Callable[[], Decompressor]] = {
    _DEFLATE: inflating.raw_deflate,
    _BZIP2: inflating.bzip2,
}


def _streams(reader: _Reader) -> list[_Folder]:
    """Read a StreamsInfo."""
    start, packed = 0, list[int]()
    folders: list[_Folder] = []
    while (kind := reader.byte()) != _Id.END:
        match kind:
            case _Id.PACK_INFO:
                start, packed = _pack_info(reader)
            case _Id.UNPACK_INFO:
                folders = _unpack_info(reader)
            case _Id.SUBSTREAMS:
                _substreams(reader, folders)
            case _:
                raise UnlistedError(_BROKEN)
    at, number = _START + start, 0
    for folder in folders:
        sizes = packed[number : number + folder.streams]
        folder.start, folder.packed = at, sum(sizes[:1])
        at += sum(sizes)
        number += folder.streams
    return folders


def _pack_info(reader: _Reader) -> tuple[int, list[int]]:
    start, count = reader.number(), reader.count()
    sizes: list[int] = []
    while (kind := reader.byte()) != _Id.END:
        if kind == _Id.SIZE:
            sizes = [reader.number() for _ in range(count)]
        elif kind == _Id.CRC:
            reader.digests(count)
        else:
            raise UnlistedError(_BROKEN)
    return start, sizes


def _unpack_info(reader: _Reader) -> list[_Folder]:
    if reader.byte() != _Id.FOLDER:
        raise UnlistedError(_BROKEN)
    count = reader.count()
    if reader.byte():
        raise UnlistedError("its listing is in another file")
    folders = [_folder(reader) for _ in range(count)]
    while (kind := reader.byte()) != _Id.END:
        if kind == _Id.UNPACK_SIZE:
            for folder in folders:
                folder.sizes = [reader.number() for _ in range(folder.outputs)]
        elif kind == _Id.CRC:
            for folder, known in zip(folders, reader.digests(count), strict=True):
                folder.has_digest = known
        else:
            raise UnlistedError(_BROKEN)
    return folders


def _folder(reader: _Reader) -> _Folder:
    coders: list[_Coder] = []
    inputs = outputs = 0
    for _ in range(reader.count()):
        flags = reader.byte()
        method = reader.bytes(flags & 0x0F)
        ins, outs = (reader.count(), reader.count()) if flags & 0x10 else (1, 1)
        properties = reader.bytes(reader.number()) if flags & 0x20 else b""
        coders.append(_Coder(method, properties))
        inputs += ins
        outputs += outs
    for _ in range(max(outputs - 1, 0)):  # which output goes into which input
        reader.number(), reader.number()
    streams = inputs - max(outputs - 1, 0)
    if streams > 1:
        for _ in range(streams):
            reader.number()
    return _Folder(coders, max(streams, 0), outputs)


def _substreams(reader: _Reader, folders: list[_Folder]) -> None:
    kind = reader.byte()
    counts = [1] * len(folders)
    if kind == _Id.UNPACK_STREAMS:
        counts = [reader.count() for _ in folders]
        kind = reader.byte()
    sized = kind == _Id.SIZE
    for folder, count in zip(folders, counts, strict=True):
        # Of those in a folder, the last one's size is what the others leave.
        sizes = [reader.number() for _ in range(count - 1)] if sized else []
        folder.files = [*sizes, max(folder.size - sum(sizes), 0)] if count else []
    if sized:
        kind = reader.byte()
    while kind != _Id.END:
        if kind != _Id.CRC:
            raise UnlistedError(_BROKEN)
        reader.digests(sum(len(folder.file_sizes) for folder in folders if _is_unsigned(folder)))
        kind = reader.byte()


def _is_unsigned(folder: _Folder) -> bool:
    """Whether its files' checksums are yet to come: that of a single one is the folder's."""
    return not (folder.has_digest and len(folder.file_sizes) == 1)
