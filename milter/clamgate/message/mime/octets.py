"""Bytes that are looked at piece by piece, so that a large message need not be in memory."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from typing import Protocol

from clamgate.core.scanning import ScanSource
from clamgate.core.settings import KIB

WINDOW = 64 * KIB
"""Bytes that are in memory at a time, of what is not there as a whole."""

HELD = 128 * KIB
"""Bytes up to which a message, or what is decoded of it, is in memory as a whole."""

_LINE_END = re.compile(rb"[\r\n]")


class Octets(Protocol):
    """A run of bytes. `bytes` are one; a part of a file is another (`Stored`)."""

    def __len__(self) -> int:
        """How many there are."""

    def __getitem__(self, where: slice, /) -> bytes:
        """Return some of them; ask for few.

        Raises:
            OSError: They cannot be read.
        """

    def find(self, what: bytes, start: int, end: int, /) -> int:
        """Return where these bytes stand first between `start` and `end`, -1 if nowhere.

        Raises:
            OSError: They cannot be read.
        """


class Stored:
    """A run of bytes in a file, read by `pread`: a file that shrinks is an error, not a signal.

    Args:
        descriptor: An open file; closing it stays its owner's business.
        start: Where the run begins in it.
        length: Bytes.
    """

    __slots__ = ("_descriptor", "_length", "_start", "_window", "_window_at")

    def __init__(self, descriptor: int, start: int, length: int) -> None:
        self._descriptor = descriptor
        self._start = start
        self._length = length
        self._window = b""
        self._window_at = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, where: slice, /) -> bytes:
        start, end, _ = where.indices(self._length)
        if end <= start:
            return b""
        if end - start > WINDOW:
            return self._read(start, end)
        at = start - self._window_at
        if at < 0 or at + end - start > len(self._window):
            self._window = self._read(start, min(start + WINDOW, self._length))
            self._window_at, at = start, 0
        return self._window[at : at + end - start]

    def find(self, what: bytes, start: int, end: int, /) -> int:
        """Return where these bytes stand first between `start` and `end`, -1 if nowhere."""
        at = start
        while at + len(what) <= end:
            if not 0 <= at - self._window_at <= len(self._window) - len(what):
                self._window = self._read(at, min(at + WINDOW, self._length))
                self._window_at = at
            base = self._window_at
            found = self._window.find(what, at - base, end - base)
            if found >= 0:
                return base + found
            at = base + len(self._window) - len(what) + 1
        return -1

    def _read(self, start: int, end: int) -> bytes:
        data = os.pread(self._descriptor, end - start, self._start + start)
        while len(data) < end - start:
            at = start + len(data)
            more = os.pread(self._descriptor, end - at, self._start + at)
            if not more:
                raise OSError(errno.EIO, "bytes are missing from the message's file")
            data += more
        return data

    def whole_file(self) -> int | None:
        """Return the file, at offset 0, if it holds these bytes and nothing else.

        Raises:
            OSError: It cannot be told.
        """
        if self._start or os.fstat(self._descriptor).st_size != self._length:
            return None
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return self._descriptor

    def cut(self, start: int, end: int) -> Stored:
        """Return a run within this one."""
        start, end, _ = slice(start, end).indices(self._length)
        return Stored(self._descriptor, self._start + start, max(0, end - start))


def cut(octets: Octets, start: int, end: int) -> Octets:
    """Return a run within a run; what is short is then in memory."""
    if isinstance(octets, Stored) and end - start > WINDOW:
        return octets.cut(start, end)
    return octets[start:end]


def windows(
    octets: Octets, start: int, end: int, size: int = WINDOW
) -> Iterator[tuple[int, bytes]]:
    """Yield pieces of this size, the last one shorter, and where they begin."""
    for at in range(start, end, size):
        yield at, octets[at : min(at + size, end)]


def pieces(octets: Octets) -> Iterator[bytes]:
    """Yield all of it in pieces."""
    for _, piece in windows(octets, 0, len(octets)):
        yield piece


def lines(octets: Octets) -> Iterator[bytes]:
    """Yield the lines without their ends, of whatever kind, and without those that are empty.

    One that is longer than a window is yielded in pieces: no program that reads by lines has room
    for it.
    """
    left = b""
    for piece in pieces(octets):
        *whole, left = _LINE_END.split(left + piece)
        yield from filter(None, whole)
        if len(left) > WINDOW:
            yield left
            left = b""
    if left:
        yield left


def matches(
    pattern: re.Pattern[bytes], octets: Octets, start: int = 0, reach: int = KIB
) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Yield what an expression finds from `start` on, and by how much its places are to be moved.

    Args:
        pattern: It may look at one byte before what it matches.
        octets: Where to look.
        start: Where to begin.
        reach: No match, with what it looks at behind itself, is longer than that.
    """
    for at, before in windows(octets, start, len(octets)):
        begin = max(0, at - 1)
        text = octets[begin : at + len(before) + reach]
        for match in pattern.finditer(text, at - begin):
            if match.start() >= at - begin + len(before):
                break
            yield begin, match


def first_of(octets: Octets) -> int:
    """Return where the first byte stands that is not blank; its length if there is none."""
    for at, piece in windows(octets, 0, len(octets)):
        if bare := piece.lstrip():
            return at + len(piece) - len(bare)
    return len(octets)


def same(one: Octets, other: Octets) -> bool:
    """Whether two runs are of the same bytes."""
    return one is other or (
        len(one) == len(other) and all(map(bytes.__eq__, pieces(one), pieces(other)))
    )


def marked(source: ScanSource, mark: bytes) -> tuple[Octets, int]:
    """Return the bytes kept of a message, and where it begins: behind the mark, if that is there.

    They can be looked at as long as the source is open.

    Raises:
        OSError: They cannot be read.
    """
    kept: Octets | None = source.in_memory()
    if kept is None:
        is_short = source.length <= HELD
        kept = (
            b"".join(source.chunks()) if is_short else Stored(source.descriptor(), 0, source.length)
        )
    return kept, len(mark) if kept[: len(mark)] == mark else 0


def without_mark(source: ScanSource, mark: bytes) -> Octets:
    """Return the bytes kept of a message, less the mark at its start if it is there.

    They can be looked at as long as the source is open.

    Raises:
        OSError: They cannot be read.
    """
    kept, start = marked(source, mark)
    return cut(kept, start, len(kept)) if start else kept
