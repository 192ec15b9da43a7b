"""Unpacking single streams with the standard library, never more than there is room for."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from clamgate.message.archives.limits import Meter, UnlistedError

_PIECE = 1 << 20
_FED = 1 << 16
# What a decoder may take for its dictionary; xz's own strongest setting needs 65 MiB.
_MAX_DECODER = 80 << 20
_LZMA_PROPERTIES = 5
_MAX_LZMA2 = 40
_SMALLEST_DICTIONARY = 4096

ERRORS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError)
"""What the decompressors raise over what is broken."""


class Decompressor(Protocol):
    """What bz2's and lzma's decompressors have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was met."""

    @property
    def needs_input(self) -> bool:
        """Whether it has nothing more to give without more input."""

    @property
    def unused_data(self) -> bytes:
        """What it was fed of what stands behind the stream."""

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """Return at most so many bytes more."""


class _Zlib:
    """zlib's decompressor in the shape of the others."""

    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max(max_length, 0))


def raw_deflate() -> Decompressor:
    """Return a decompressor for a deflated member of a zip."""
    return _Zlib(-zlib.MAX_WBITS)


def gzip() -> Decompressor:
    """Return one for a gzip stream, its header included."""
    return _Zlib(zlib.MAX_WBITS | 16)


def bzip2() -> Decompressor:
    """Return one for bzip2."""
    return bz2.BZ2Decompressor()


def xz() -> Decompressor:
    """Return one for xz and the older .lzma."""
    return lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=_MAX_DECODER)


def lzma1(properties: bytes) -> dict[str, int]:
    """Return liblzma's filter for the 5 bytes of properties that go with a bare LZMA stream.

    Raises:
        ValueError: They are none.
    """
    if len(properties) < _LZMA_PROPERTIES:
        raise ValueError("no properties of LZMA")
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    size = int.from_bytes(properties[1:_LZMA_PROPERTIES], "little")
    return {"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb, "dict_size": _dictionary(size)}


def lzma2(properties: bytes) -> dict[str, int]:
    """Return liblzma's filter for the byte of properties that goes with a bare LZMA2 stream.

    Raises:
        ValueError: It is none.
    """
    if len(properties) != 1 or properties[0] > _MAX_LZMA2:
        raise ValueError("no properties of LZMA2")
    size = (2 | properties[0] & 1) << (properties[0] // 2 + 11)
    return {"id": lzma.FILTER_LZMA2, "dict_size": _dictionary(size)}


def x86() -> dict[str, int]:
    """Return liblzma's filter for machine code."""
    return {"id": lzma.FILTER_X86}


def raw_lzma(*filters: dict[str, int]) -> Decompressor:
    """Return a decompressor for a chain of liblzma's filters."""
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)


def _dictionary(size: int) -> int:
    """Keep what a header asks for within what there is: nothing larger is ever unpacked."""
    return min(max(size, _SMALLEST_DICTIONARY), _MAX_DECODER)


def head_of(make: Callable[[], Decompressor], packed: bytes | memoryview, size: int) -> bytes:
    """Return the first bytes that are in a stream, none if it cannot be unpacked."""
    try:
        return make().decompress(bytes(packed), size)
    except ERRORS:
        return b""


def all_of(
    make: Callable[[], Decompressor],
    packed: bytes | memoryview,
    meter: Meter,
    *,
    streams: int = 1,
) -> bytes:
    """Return what is in a stream; one that is cut short or broken is given as far as it goes.

    Args:
        make: Makes its decompressor.
        packed: The stream.
        meter: What there is room for.
        streams: How many that stand one behind the other are taken for one.

    Raises:
        UnlistedError: Nothing can be had of it.
        OutOfBoundsError: It is more than there is room for.
    """
    found: list[bytes] = []
    rest = memoryview(packed)
    try:
        for _ in range(streams):
            stream = make()
            used = 0
            for fed, piece in _pieces(stream, rest, meter):
                used = fed
                found.append(piece)
            if not stream.eof:
                break
            rest = rest[used - len(stream.unused_data) :]
            if not rest:
                break
        else:
            if streams > 1:
                raise UnlistedError(f"it is of more than {streams} streams")
    except ERRORS as error:
        if not found:
            raise UnlistedError(f"it cannot be unpacked: {error}") from None
    return b"".join(found)


def _pieces(stream: Decompressor, packed: memoryview, meter: Meter) -> Iterator[tuple[int, bytes]]:
    """Yield what comes out, each time with how much was put in so far."""
    for at in range(0, len(packed) + _FED, _FED):  # the last one is empty, for what is held back
        fed = bytes(packed[at : at + _FED])
        so_far = at + len(fed)
        while not stream.eof:
            piece = stream.decompress(fed, min(_PIECE, meter.room + 1))
            fed = b""
            meter.unpacked(len(piece))
            yield so_far, piece
            if not piece or stream.needs_input:
                break
        if stream.eof:
            return
