"""The last entries, in memory that a fork shares: a new clerk finds what the old one wrote.

A piece of anonymous memory of a fixed size, written round and round: what is new takes the place of
what is oldest. Only pages that were written to take memory. One process writes at a time, and the
order of its steps is such that one that is killed at any of them leaves whole entries.
"""

from __future__ import annotations

import mmap
import struct
import threading
from collections.abc import Iterator

_EACH = 1024
"""Bytes of room for each entry that may be kept; long ones shorten the history."""
_LEAST = 1 << 20
"""Bytes of room: for some of the longest entries, however few are kept."""
_LONGEST = 1 << 16
"""Bytes of an entry; no longer one is kept."""

_AT_ONCE = 15
"""Entries that are written together: so many of the longest have room."""

_ENDS = struct.Struct("<4Q")
"""Bytes written before the oldest entry and in all, and entries likewise."""
_LENGTH = struct.Struct("<I")
_PIECE = 1 << 18


class Ring:
    """Entries by serial numbers, which count up from 1. Safe for threads.

    Args:
        limit: How many are kept, at most.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._room = max(_LEAST, limit * _EACH)
        self._memory = mmap.mmap(-1, _ENDS.size + self._room)
        self._lock = threading.Lock()
        self._read_up_to = (0, 0)  # where who asks for what is new finds it, without a search

    def __len__(self) -> int:
        _, _, gone, written = self._ends()
        return written - gone

    @property
    def written(self) -> int:
        """The serial number of the newest entry; 0 if there never was one."""
        return self._ends()[3]

    def append(self, *entries: bytes) -> None:
        """Keep entries, in the place of the oldest where there is no room."""
        records = [_LENGTH.pack(len(one)) + one for one in entries if len(one) <= _LONGEST]
        each = min(_AT_ONCE, self.limit)
        for at in range(0, len(records), each):
            self._add(records[at : at + each])

    def read(self, after: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield serial numbers and entries, the oldest first; some may go meanwhile.

        Args:
            after: Leave those up to this one out.
        """
        position, serial = self._read_up_to if self._read_up_to[1] <= after else (0, 0)
        while True:
            with self._lock:
                begin, end, gone, _ = self._ends()
                if serial < gone:
                    position, serial = begin, gone
                piece = self._get(position, min(end - position, _PIECE))
            at = 0
            while at + _LENGTH.size <= len(piece):
                (length,) = _LENGTH.unpack_from(piece, at)
                following = at + _LENGTH.size + length
                if following > len(piece):
                    break
                serial += 1
                if serial > after:
                    yield serial, piece[at + _LENGTH.size : following]
                at = following
            if not at:
                self._read_up_to = position, serial
                return
            position += at

    def take_over(self, other: Ring) -> None:
        """Keep what another one kept, as far as there is room."""
        for _, entry in other.read():
            self.append(entry)

    def close(self) -> None:
        """Give the memory back, as far as this process is concerned."""
        self._memory.close()

    def _add(self, records: list[bytes]) -> None:
        """Keep records that have room together if nothing else is kept."""
        data = b"".join(records)
        with self._lock:
            begin, end, gone, written = before = self._ends()
            while (
                written - gone + len(records) > self.limit or end + len(data) - begin > self._room
            ):
                begin += _LENGTH.size + self._length_at(begin)
                gone += 1
            if (begin, end, gone, written) != before:
                self._set_ends(begin, end, gone, written)
            self._put(end, data)
            self._set_ends(begin, end + len(data), gone, written + len(records))

    def _ends(self) -> tuple[int, int, int, int]:
        begin, end, gone, written = _ENDS.unpack_from(self._memory)
        return begin, end, gone, written

    def _set_ends(self, *ends: int) -> None:
        _ENDS.pack_into(self._memory, 0, *ends)

    def _length_at(self, position: int) -> int:
        at = position % self._room
        if at + _LENGTH.size <= self._room:
            (length,) = _LENGTH.unpack_from(self._memory, _ENDS.size + at)
        else:  # it goes on at the begin
            (length,) = _LENGTH.unpack(self._get(position, _LENGTH.size))
        return int(length)

    def _get(self, position: int, size: int) -> bytes:
        at = _ENDS.size + position % self._room
        first = min(size, self._room + _ENDS.size - at)
        return self._memory[at : at + first] + self._memory[_ENDS.size : _ENDS.size + size - first]

    def _put(self, position: int, data: bytes) -> None:
        at = _ENDS.size + position % self._room
        first = min(len(data), self._room + _ENDS.size - at)
        self._memory[at : at + first] = data[:first]
        self._memory[_ENDS.size : _ENDS.size + len(data) - first] = data[first:]
