"""7z: what files it holds (7zFormat.txt of the LZMA SDK).

The listing stands at the end, mostly packed. Files are unpacked only where one coder that the
standard library knows has packed them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from clamgate.message.archives import inflating
from clamgate.message.archives.entry import HEAD, Entry, stored
from clamgate.message.archives.inflating import Decompressor
from clamgate.message.archives.limits import LockedError, Meter, OutOfBoundsError, UnlistedError
from clamgate.message.archives.seven_zip_listing import (
    AES,
    BROKEN,
    START,
    Coder,
    Folder,
    Id,
    Reader,
    streams,
)

MAGIC = b"7z\xbc\xaf\x27\x1c"

_LZMA, _LZMA2, _COPY = b"\x03\x01\x01", b"\x21", b"\x00"
_X86 = b"\x03\x03\x01\x03"
_DEFLATE, _BZIP2 = b"\x04\x01\x08", b"\x04\x02\x02"
# Bytes of a listing.
_MAX_LISTING = 8 << 20


Unlock = Callable[[bytes, bytes], bytes]
"""From the properties of the coder for AES, and what it is to decode, to what comes of that."""


def is_locked(data: bytes, meter: Meter) -> bool:
    """Whether anything in it needs a password, or may do so; `data` begins with its mark."""
    try:
        return any(entry.is_locked for entry in entries(data, meter))
    except (LockedError, OutOfBoundsError):
        return True
    except UnlistedError:
        return False


def entries(data: bytes, meter: Meter, unlock: Unlock | None = None) -> Iterator[Entry]:
    """Yield what it holds; `data` begins with its mark.

    Raises:
        LockedError: Its names are encrypted, or what was unlocked is not what was locked.
        UnlistedError: It is broken or cut short.
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
        if folder.is_locked and unlock is None:
            raise LockedError("its names are encrypted")
        if folder.size > _MAX_LISTING:
            raise UnlistedError("its listing is too long")
        reader = Reader(_unpacked(data, folder, meter, unlock)[:_MAX_LISTING])
        kind = reader.byte()
    if kind != Id.HEADER:
        raise UnlistedError(BROKEN)
    yield from _files(data, reader, meter, unlock)


def _files(data: bytes, reader: Reader, meter: Meter, unlock: Unlock | None) -> Iterator[Entry]:
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
    contents = _contents(data, folders, meter, unlock)
    for name, is_empty in _names(reader):
        found = _Content(b"", _nothing) if is_empty else next(contents, _Content(b"", _unknown))
        yield Entry((name,), found.head, found.unpack, found.is_locked)


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


@dataclass(frozen=True, slots=True)
class _Content:
    """The first bytes of a file, how to get all of them, and whether a password is needed."""

    head: bytes
    unpack: Callable[[], bytes]
    is_locked: bool = False


def _contents(
    data: bytes, folders: list[Folder], meter: Meter, unlock: Unlock | None
) -> Iterator[_Content]:
    """Yield the first bytes of each file that is not empty, and how to get all of them.

    What is packed together is unpacked at once, unless that takes too much of what there is room
    for; of the files in it only the first can then be looked at.
    """
    for folder in folders:
        whole = b""
        if folder.is_locked and unlock is not None:
            whole = _unpacked(data, folder, meter, unlock)
        elif not folder.is_locked and folder.size <= meter.room // 2:
            with suppress(UnlistedError):
                whole = _unpacked(data, folder, meter)
        first = b"" if folder.is_locked else _head(data, folder)
        begin = 0
        for size in folder.file_sizes:
            if whole:
                file = memoryview(whole)[begin : begin + size]
                yield _Content(bytes(file[:HEAD]), partial(stored, file, meter), folder.is_locked)
            else:
                head = first if begin == 0 else b""
                yield _Content(head, partial(_packed_file, folder), folder.is_locked)
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


def _unpacked(data: bytes, folder: Folder, meter: Meter, unlock: Unlock | None = None) -> bytes:
    packed = memoryview(data)[folder.start : folder.start + folder.packed]
    if folder.is_locked and unlock is not None:
        return _unlocked(bytes(packed), folder, meter, unlock)
    if [coder.method for coder in folder.coders] == [_COPY]:
        return stored(packed, meter)
    make = _decompressor(folder)
    if make is None:
        raise UnlistedError("it is packed in a way that is not known")
    return inflating.all_of(make, packed, meter)


def _unlocked(packed: bytes, folder: Folder, meter: Meter, unlock: Unlock) -> bytes:
    """Return what is in a folder that AES was put around last.

    Raises:
        LockedError: It does not have the checksum that it should have.
        UnlistedError: It cannot be unpacked, whatever the key.
    """
    if folder.size > meter.room:
        raise UnlistedError("it is too large")
    number = next(n for n, coder in enumerate(folder.coders) if coder.method.startswith(AES))
    aes = folder.coders[number]
    plain = unlock(aes.properties, packed)[: folder.sizes[number]]
    rest = [coder for coder in folder.coders if coder is not aes]
    if rest and rest != [Coder(_COPY, b"")]:
        make = _decompressor(replace(folder, coders=rest))
        if make is None:
            raise UnlistedError("it is packed in a way that is not known")
        plain = inflating.head_of(make, plain, folder.size)
    meter.unpacked(len(plain))
    begin, digests = 0, folder.digests or [folder.digest]
    if None in digests:
        raise UnlistedError("it has no checksums, so no password can be told to be right")
    sizes = folder.file_sizes if folder.digests else [folder.size]
    for size, digest in zip(sizes, digests, strict=False):
        if zlib.crc32(plain[begin : begin + size]) != digest:
            raise LockedError("it is encrypted")
        begin += size
    if len(plain) < folder.size:
        raise LockedError("it is encrypted")
    return plain


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
