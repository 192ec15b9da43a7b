"""7z: what files it holds (7zFormat.txt of the LZMA SDK).

The listing stands at the end, mostly packed. Files are unpacked only where one coder that the
standard library knows has packed them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial

from clamgate.message.archives import inflating
from clamgate.message.archives.entry import HEAD, Entry, stored
from clamgate.message.archives.inflating import Decompressor
from clamgate.message.archives.limits import Meter, UnlistedError
from clamgate.message.archives.seven_zip_listing import BROKEN, START, Folder, Id, Reader, streams

MAGIC = b"7z\xbc\xaf\x27\x1c"

_LZMA, _LZMA2, _COPY = b"\x03\x01\x01", b"\x21", b"\x00"
_X86 = b"\x03\x03\x01\x03"
_DEFLATE, _BZIP2 = b"\x04\x01\x08", b"\x04\x02\x02"
# Bytes of a listing.
_MAX_LISTING = 8 << 20


def entries(data: bytes, meter: Meter) -> Iterator[Entry]:
    """Yield what it holds; `data` begins with its mark.

    Raises:
        UnlistedError: Its names are encrypted, or it is broken or cut short.
    """
    offset, size = (int.from_bytes(data[at : at + 8], "little") for at in (12, 20))
    header = data[START + offset : START + offset + min(size, _MAX_LISTING)]
    if len(header) < min(size, _MAX_LISTING) or len(data) < START:
        raise UnlistedError("it is cut short")
    if not header:
        return
    reader = Reader(header)
    kind = reader.byte()
    for _ in range(4):  # a packed header may be packed again; nobody does
        if kind != Id.ENCODED_HEADER:
            break
        folders = streams(reader)
        if not folders:
            raise UnlistedError(BROKEN)
        folder = folders[0]
        if folder.is_locked:
            raise UnlistedError("its names are encrypted")
        if folder.size > _MAX_LISTING:
            raise UnlistedError("its listing is too long")
        reader = Reader(_unpacked(data, folder, meter)[:_MAX_LISTING])
        kind = reader.byte()
    if kind != Id.HEADER:
        raise UnlistedError(BROKEN)
    yield from _files(data, reader, meter)


def _files(data: bytes, reader: Reader, meter: Meter) -> Iterator[Entry]:
    folders: list[Folder] = []
    while (kind := reader.byte()) != Id.FILES:
        match kind:
            case Id.END:
                return
            case Id.ARCHIVE_PROPERTIES:
                while reader.byte() != Id.END:
                    reader.bytes(reader.number())
            case Id.ADDITIONAL_STREAMS:
                streams(reader)
            case Id.MAIN_STREAMS:
                folders = streams(reader)
            case _:
                raise UnlistedError(BROKEN)
    contents = _contents(data, folders, meter)
    for name, is_empty in _names(reader):
        head, unpack = (b"", _nothing) if is_empty else next(contents, (b"", _unknown))
        yield Entry((name,), head, unpack)


def _names(reader: Reader) -> Iterator[tuple[str, bool]]:
    """Yield the name of each file, and whether it is empty (or a folder)."""
    count = reader.count()
    names: list[str] = []
    empty = [False] * count
    while (kind := reader.byte()) != Id.END:
        part = Reader(reader.bytes(reader.number()))
        if kind == Id.NAMES:
            if part.byte():
                raise UnlistedError("its names are in another file")
            names = part.data[1:].decode("utf-16-le", "replace").split("\0", count)
        elif kind == Id.EMPTY_STREAM:
            empty = part.bits(count)
    yield from zip(names[:count], empty, strict=False)


_Content = tuple[bytes, Callable[[], bytes]]


def _contents(data: bytes, folders: list[Folder], meter: Meter) -> Iterator[_Content]:
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


def _head(data: bytes, folder: Folder) -> bytes:
    make = _decompressor(folder)
    if make is None:
        return b""
    packed = data[folder.start : folder.start + min(folder.packed, 64 * HEAD)]
    return inflating.head_of(make, packed, min(HEAD, *folder.file_sizes[:1] or [0]))


def _packed_file(folder: Folder) -> bytes:
    raise UnlistedError(
        "it is encrypted" if folder.is_locked else "it is in a 7z, and not unpacked from there"
    )


def _nothing() -> bytes:
    return b""


def _unknown() -> bytes:
    raise UnlistedError(BROKEN)


def _unpacked(data: bytes, folder: Folder, meter: Meter) -> bytes:
    packed = memoryview(data)[folder.start : folder.start + folder.packed]
    if [coder.method for coder in folder.coders] == [_COPY]:
        return stored(packed, meter)
    make = _decompressor(folder)
    if make is None:
        raise UnlistedError("it is packed in a way that is not known")
    return inflating.all_of(make, packed, meter)


def _decompressor(folder: Folder) -> Callable[[], Decompressor] | None:
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
