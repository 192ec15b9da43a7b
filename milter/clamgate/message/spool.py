"""The spool: a message's exact bytes as they come, in memory first and then in a file.

A `Spool` is written to and then sealed; the `SealedSpool` is what a scanner is given. Each is used
by one thread at a time; the `MemoryBudget` is what all of them share.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import NoReturn, Self

from clamgate.core.settings import KIB, MIB, Spooling
from clamgate.message.budget import MemoryBudget
from clamgate.message.files import nameless_file, sealed_memory, write_all

MEMORY_PER_MESSAGE = 1 * MIB
"""What one message may hold in memory, in bytes; longer ones go to a file."""

PIECE = 64 * KIB
"""Bytes by which memory is taken from the budget, and the largest piece that is handed out."""

FILE_BUFFER = 16 * KIB
"""Bytes that a message in a file may hold back, so that a short write is not a call each."""


class SpoolError(OSError):
    """A message cannot be kept. The text says what went wrong, and where.

    `errno`, `strerror` and `filename` (the directory) are those of the call that failed.
    """

    def __init__(self, attempted: str, where: str, cause: OSError) -> None:
        super().__init__(cause.errno, cause.strerror, where)
        self._attempted = attempted

    def __str__(self) -> str:
        return f"cannot {self._attempted} {self.filename}: {self.strerror}"


class Spool:
    """A message that is still coming in.

    It keeps at most `max_file_size` bytes but counts all. They are held in memory while there are
    few of them and the budget allows; when it is used up they go to the file early.

    Args:
        spooling: How much is kept for the scanner, and where.
        budget: What it and all others may hold in memory.
        keep_rest: Whether what is beyond `max_file_size` is kept as well, apart: a scanner is not
            given it, a store is.
    """

    def __init__(
        self, spooling: Spooling, budget: MemoryBudget, *, keep_rest: bool = False
    ) -> None:
        self._spooling = spooling
        self._directory = spooling.temporary_directory
        self._max_length = spooling.max_file_size
        self._budget = budget
        self._size = 0
        self._length = 0
        self._chunks: list[bytes] = []
        self._held = 0
        self._room = 0
        self._taken = 0
        self._file: int | None = None
        self._keep_rest = keep_rest
        self._rest: Spool | None = None
        self._open = True

    def write(self, data: bytes) -> None:
        """Add to the message.

        Raises:
            SpoolError: The bytes cannot be kept; the spool is closed and of no more use.
        """
        if not self._open:
            raise ValueError("this spool was sealed or closed")
        self._size += len(data)
        if self._size > self._max_length:
            room = self._max_length - self._length
            if self._keep_rest:
                self._write_rest(data[room:])
            data = data[:room]
            if not data:
                return
        self._length += len(data)
        self._held += len(data)
        self._chunks.append(data)
        if self._held > self._room:
            self._make_room()

    def seal(self) -> SealedSpool:
        """End the message and hand its bytes over; this spool holds nothing any more.

        Raises:
            SpoolError: The last bytes cannot be kept; the spool is closed.
        """
        if not self._open:
            raise ValueError("this spool was sealed or closed")
        if self._file is not None:
            self._flush(self._file)
        rest = self._sealed_rest()
        sealed = SealedSpool(
            self._size, self._length, self._chunks, self._file, self._budget, self._taken, rest
        )
        self._chunks, self._file, self._taken, self._rest = [], None, 0, None
        self._open = False
        return sealed

    def close(self) -> None:
        """Forget the message. May be called at any time, and more than once."""
        self._open = False
        self._chunks = []
        self._give_back()
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._rest is not None:
            self._rest.close()
            self._rest = None

    def _write_rest(self, data: bytes) -> None:
        if self._rest is None:
            self._rest = Spool(replace(self._spooling, max_file_size=sys.maxsize), self._budget)
        try:
            self._rest.write(data)
        except SpoolError:
            self.close()
            raise

    def _sealed_rest(self) -> SealedSpool | None:
        if self._rest is None:
            return None
        try:
            return self._rest.seal()
        except SpoolError:
            self.close()
            raise

    def _make_room(self) -> None:
        """Take more memory for what was written, or put it into the file."""
        if self._file is None and self._held <= MEMORY_PER_MESSAGE:
            wanted = max(PIECE, self._held - self._room)
            if self._budget.take(wanted):
                self._taken += wanted
                self._room += wanted
                return
        if self._file is None:
            self._file = self._make_file()
            self._room = FILE_BUFFER
        self._flush(self._file)

    def _make_file(self) -> int:
        try:
            return nameless_file(self._directory)
        except OSError as cause:
            self._fail("make a file in", cause)

    def _flush(self, descriptor: int) -> None:
        try:
            write_all(descriptor, b"".join(self._chunks))
        except OSError as cause:
            self._fail("write to a file in", cause)
        self._chunks.clear()
        self._held = 0
        self._give_back()

    def _fail(self, attempted: str, cause: OSError) -> NoReturn:
        self.close()
        raise SpoolError(attempted, self._directory, cause) from cause

    def _give_back(self) -> None:
        if self._taken:
            self._budget.give(self._taken)
            self._taken = 0


class SealedSpool:
    """A whole message: a `clamgate.core.scanning.ScanSource`. Made by `Spool.seal`.

    What is in memory cannot be changed by anyone it is passed to; a file could be, by a scanner
    that writes to it.
    """

    def __init__(  # noqa: PLR0913, PLR0917  only Spool makes one, in one place
        self,
        size: int,
        length: int,
        chunks: list[bytes],
        file: int | None,
        budget: MemoryBudget,
        taken: int,
        rest: SealedSpool | None,
    ) -> None:
        self._size = size
        self._length = length
        self._chunks = chunks
        self._descriptor = file
        self._budget = budget
        self._taken = taken
        self._rest = rest
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def size(self) -> int:
        """Bytes of the whole message, whether kept or not."""
        return self._size

    @property
    def length(self) -> int:
        """Bytes kept."""
        return self._length

    def descriptor(self) -> int:
        """Return the file that holds the bytes kept, at offset 0; it is this spool's to close.

        It is the same one at every call, in memory or on disk, and is never written to again.

        Raises:
            SpoolError: Out of memory or descriptors.
        """
        self._check_open()
        if self._descriptor is None:
            try:
                self._descriptor = sealed_memory("clamgate-message", self._joined())
            except OSError as cause:
                raise SpoolError("copy the message to", "a file in memory", cause) from cause
            self._chunks = []
        else:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
        return self._descriptor

    def in_memory(self) -> bytes | None:
        """Return the bytes kept, if they are in memory: while nobody asked for their descriptor."""
        self._check_open()
        if self._descriptor is not None:
            return None
        return self._joined()

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes kept, in order, in pieces of 64 KiB; only the last may be shorter.

        Raises:
            SpoolError: They cannot be read back.
        """
        self._check_open()
        if self._descriptor is None:
            return self._from_memory()
        return self._from_file(self._descriptor)

    def all_chunks(self) -> Iterator[bytes]:
        """Yield every byte of the message, in order, in pieces of at most 64 KiB.

        Raises:
            SpoolError: They cannot be read back.
            ValueError: Not all were kept.
        """
        yield from self.chunks()
        if self._rest is not None:
            yield from self._rest.chunks()
        elif self._length < self._size:
            raise ValueError("this spool kept the first part only")

    def close(self) -> None:
        """Forget the message and give its memory back. May be called more than once."""
        self._open = False
        self._chunks = []
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._taken:
            self._budget.give(self._taken)
            self._taken = 0
        if self._rest is not None:
            self._rest.close()

    def _check_open(self) -> None:
        if not self._open:
            raise ValueError("this spool was closed")

    def _joined(self) -> bytes:
        content = b"".join(self._chunks)
        self._chunks = [content]
        return content

    def _from_memory(self) -> Iterator[bytes]:
        content = self._joined()
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]

    def _from_file(self, descriptor: int) -> Iterator[bytes]:
        for start in range(0, self._length, PIECE):
            wanted = min(PIECE, self._length - start)
            try:
                piece = os.pread(descriptor, wanted, start)
                if len(piece) < wanted:
                    raise OSError(errno.EIO, "bytes are missing from it")  # noqa: TRY301
            except OSError as cause:
                raise SpoolError("read the message back from", "its file", cause) from cause
            yield piece
