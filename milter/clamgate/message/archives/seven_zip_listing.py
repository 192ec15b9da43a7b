"""The listing of a 7z (7zFormat.txt of the LZMA SDK): its numbers, and what is packed together."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from clamgate.message.archives.limits import UnlistedError

START = 32
"""Bytes before the first packed one."""
BROKEN = "it is broken"

AES = b"\x06\xf1\x07\x01"
# Of files in one archive, and of whatever else is counted.
_MAX_COUNT = 100_000


class Id(IntEnum):
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
class Coder:
    """A step of packing: what it is, and how it is set."""

    method: bytes
    properties: bytes


@dataclass(slots=True)
class Folder:
    """What is packed together: with which coders, from which bytes, and what comes of it."""

    coders: list[Coder]
    streams: int
    outputs: int
    sizes: list[int] = field(default_factory=list)
    start: int = 0
    packed: int = 0
    files: list[int] | None = None
    digest: int | None = None
    digests: list[int | None] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes that come out of the last coder."""
        return self.sizes[-1] if self.sizes else 0

    @property
    def is_locked(self) -> bool:
        """Whether a password is needed."""
        return any(coder.method.startswith(AES) for coder in self.coders)

    @property
    def file_sizes(self) -> list[int]:
        """Of the files in it: it is one if nothing else is said."""
        return [self.size] if self.files is None else self.files


@dataclass(slots=True)
class Reader:
    """Reads the numbers and bytes of a header, one after the other.

    Each method raises UnlistedError where there is not what it should read.
    """

    data: bytes
    at: int = 0

    def byte(self) -> int:
        """Return the next byte."""
        if self.at >= len(self.data):
            raise UnlistedError(BROKEN)
        self.at += 1
        return self.data[self.at - 1]

    def bytes(self, size: int) -> bytes:
        """Return so many bytes."""
        if size > len(self.data) - self.at:
            raise UnlistedError(BROKEN)
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        """Return a number: the more ones its first byte begins with, the more bytes follow."""
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
        """Return so many bits, the highest of a byte first."""
        packed = self.bytes(-(-count // 8))
        return [bool(packed[n // 8] >> 7 - n % 8 & 1) for n in range(count)]

    def digests(self, count: int) -> list[int | None]:
        """Return checksums (CRC 32), None for each that is not there."""
        known = [True] * count if self.byte() else self.bits(count)
        return [int.from_bytes(self.bytes(4), "little") if one else None for one in known]


def streams(reader: Reader) -> list[Folder]:
    """Read a StreamsInfo."""
    start, packed = 0, list[int]()
    folders: list[Folder] = []
    while (kind := reader.byte()) != Id.END:
        match kind:
            case Id.PACK_INFO:
                start, packed = _pack_info(reader)
            case Id.UNPACK_INFO:
                folders = _unpack_info(reader)
            case Id.SUBSTREAMS:
                _substreams(reader, folders)
            case _:
                raise UnlistedError(BROKEN)
    at, number = START + start, 0
    for folder in folders:
        sizes = packed[number : number + folder.streams]
        folder.start, folder.packed = at, sum(sizes[:1])
        at += sum(sizes)
        number += folder.streams
    return folders


def _pack_info(reader: Reader) -> tuple[int, list[int]]:
    start, count = reader.number(), reader.count()
    sizes: list[int] = []
    while (kind := reader.byte()) != Id.END:
        if kind == Id.SIZE:
            sizes = [reader.number() for _ in range(count)]
        elif kind == Id.CRC:
            reader.digests(count)
        else:
            raise UnlistedError(BROKEN)
    return start, sizes


def _unpack_info(reader: Reader) -> list[Folder]:
    if reader.byte() != Id.FOLDER:
        raise UnlistedError(BROKEN)
    count = reader.count()
    if reader.byte():
        raise UnlistedError("its listing is in another file")
    folders = [_folder(reader) for _ in range(count)]
    while (kind := reader.byte()) != Id.END:
        if kind == Id.UNPACK_SIZE:
            for folder in folders:
                folder.sizes = [reader.number() for _ in range(folder.outputs)]
        elif kind == Id.CRC:
            for folder, digest in zip(folders, reader.digests(count), strict=True):
                folder.digest = digest
        else:
            raise UnlistedError(BROKEN)
    return folders


def _folder(reader: Reader) -> Folder:
    coders: list[Coder] = []
    inputs = outputs = 0
    for _ in range(reader.count()):
        flags = reader.byte()
        method = reader.bytes(flags & 0x0F)
        ins, outs = (reader.count(), reader.count()) if flags & 0x10 else (1, 1)
        properties = reader.bytes(reader.number()) if flags & 0x20 else b""
        coders.append(Coder(method, properties))
        inputs += ins
        outputs += outs
    for _ in range(max(outputs - 1, 0)):  # which output goes into which input
        reader.number(), reader.number()
    streams = inputs - max(outputs - 1, 0)
    if streams > 1:
        for _ in range(streams):
            reader.number()
    return Folder(coders, max(streams, 0), outputs)


def _substreams(reader: Reader, folders: list[Folder]) -> None:
    kind = reader.byte()
    counts = [1] * len(folders)
    if kind == Id.UNPACK_STREAMS:
        counts = [reader.count() for _ in folders]
        kind = reader.byte()
    sized = kind == Id.SIZE
    for folder, count in zip(folders, counts, strict=True):
        # Of those in a folder, the last one's size is what the others leave.
        sizes = [reader.number() for _ in range(count - 1)] if sized else []
        folder.files = [*sizes, max(folder.size - sum(sizes), 0)] if count else []
    if sized:
        kind = reader.byte()
    while kind != Id.END:
        if kind != Id.CRC:
            raise UnlistedError(BROKEN)
        unsigned = [folder for folder in folders if _is_unsigned(folder)]
        digests = reader.digests(sum(len(folder.file_sizes) for folder in unsigned))
        for folder in unsigned:
            number = len(folder.file_sizes)
            folder.digests, digests = digests[:number], digests[number:]
        kind = reader.byte()


def _is_unsigned(folder: Folder) -> bool:
    """Whether its files' checksums are yet to come: that of a single one is the folder's."""
    return not (folder.digest is not None and len(folder.file_sizes) == 1)
