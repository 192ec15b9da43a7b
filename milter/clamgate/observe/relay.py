"""Log lines and entries of the history, on their way to the process that keeps them.

Nobody's mail waits for it, and many travel together. The channel is a SOCK_SEQPACKET pair that all
senders share. A packet holds one or more records. That of a log line is a line of text: the level's
first letter, the subject, the state and the text, with tabs in between; the letter is a capital if
the text is an entry as well. That of an entry alone is an ``h``, its length in 4 bytes and the
entry.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator

from clamgate.observe.lines import LogLine
from clamgate.observe.sink import Level

LARGEST_PACKET = 64 * 1024
"""Bytes, at most, of a packet: a reader needs room for so many."""

_LETTERS = {level: level.value[0] for level in Level}
_CAPITALS = {level: letter.upper() for level, letter in _LETTERS.items()}
_LEVELS = {letter: level for level, letter in _LETTERS.items()}
_TOGETHER = 44 * 1024
"""Bytes in a packet of several records."""

_ENTRY = struct.Struct("<cI")
_MARK = b"h"


def make_channel() -> tuple[socket.socket, socket.socket]:
    """Return the end that is read from, and the one that all processes write to."""
    reader, writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    writer.setblocking(False)
    return reader, writer


def pack(line: LogLine) -> bytes:
    """Return a line as a record."""
    level, text, subject, state, tells_all = line
    letter = _CAPITALS[level] if tells_all else _LETTERS[level]
    return f"{letter}\t{subject}\t{state}\t{text}\n".encode("utf-8", "replace")


def pack_entry(entry: bytes) -> bytes:
    """Return an entry of the history as a record."""
    return _ENTRY.pack(_MARK, len(entry)) + entry


def unpack(packet: bytes) -> Iterator[LogLine | bytes]:
    """Yield the lines and entries of a packet."""
    at = 0
    while at < len(packet):
        if packet[at : at + 1] == _MARK:
            _, length = _ENTRY.unpack_from(packet, at)
            begin, at = at + _ENTRY.size, at + _ENTRY.size + length
            yield packet[begin:at]
        else:
            begin, at = at, packet.index(b"\n", at) + 1
            letter, subject, state, text = packet[begin : at - 1].decode().split("\t", 3)
            tells_all = letter.isupper()
            yield LogLine(_LEVELS[letter.lower()], text, subject, state, tells_all)
            if tells_all:
                yield text.encode()


class Relay:
    """The sending side. Safe for threads; it never waits.

    What the channel has no room for is kept, and so is what comes after it, in its order, up to a
    limit; beyond it lines and entries are lost, and the log says how many.

    Args:
        channel: The end to write to.
        limit: How many records are kept.
    """

    def __init__(self, channel: socket.socket, limit: int = 10_000) -> None:
        self.lost = 0
        self._channel = channel
        self._limit = limit
        self._waiting: deque[bytes] = deque()
        self._untold_lines = 0
        self._untold_entries = 0
        self._lock = threading.Lock()
        self._more = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Send what there was no room for from a thread; without it, somebody must call `flush`."""
        self._thread = threading.Thread(target=self._pump, name="log", daemon=True)
        self._thread.start()

    def write(self, line: LogLine) -> None:
        """Send a line, and what waits: now, or when there is room."""
        self.add_line(line)
        self.flush()

    def add_line(self, line: LogLine) -> None:
        """Have a line sent by the next `flush`."""
        self._add(pack(line))

    def add_entry(self, entry: bytes) -> None:
        """Have an entry of the history sent by the next `flush`."""
        self._add(pack_entry(entry))

    def flush(self) -> bool:
        """Send as much of what waits as there is room for, and say whether that was all."""
        with self._lock:
            while self._waiting:
                records = self._first_records()
                if not self._send(records):
                    break
                for _ in records:
                    self._waiting.popleft()
            else:
                if self._tell_of_losses():
                    return True
        self._more.set()
        return False

    def close(self, timeout: float) -> None:
        """Send what waits, for at most `timeout` seconds, and close this process's end."""
        end = time.monotonic() + timeout
        while not self.flush() and time.monotonic() < end:
            self._await_room(0.1)
        self._closing.set()
        self._more.set()
        if self._thread:
            self._thread.join()  # at most the second that it waits for room
        self._channel.close()

    def _add(self, record: bytes) -> None:
        with self._lock:
            if len(self._waiting) < self._limit:
                self._waiting.append(record)
            else:
                self._lose([record])

    def _first_records(self) -> list[bytes]:
        """Return as many of those that wait as fit into one packet."""
        size = 0
        records: list[bytes] = []
        for record in self._waiting:
            size += len(record)
            if records and size > _TOGETHER:
                break
            records.append(record)
        return records

    def _send(self, records: list[bytes]) -> bool:
        """Send a packet; False if there is no room now."""
        try:
            self._channel.send(b"".join(records))
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:  # nobody reads it any more, nor ever will
            self._lose(records)
        return True

    def _lose(self, records: list[bytes]) -> None:
        entries = sum(record.startswith(_MARK) for record in records)
        self.lost += len(records)
        self._untold_entries += entries
        self._untold_lines += len(records) - entries

    def _tell_of_losses(self) -> bool:
        lines, entries = self._untold_lines, self._untold_entries
        why = "they came faster than they are written"
        told = [
            *([f"{lines} log lines were lost: {why}"] if lines else []),
            *([f"{entries} messages are missing from the history: {why}"] if entries else []),
        ]
        if told and not self._send([pack(LogLine(Level.WARNING, text)) for text in told]):
            return False
        self._untold_lines = self._untold_entries = 0
        return True

    def _pump(self) -> None:
        while not self._closing.is_set():
            self._more.wait()
            self._more.clear()
            while not self.flush():
                self._await_room(1.0)
                if self._closing.is_set():
                    return

    def _await_room(self, seconds: float) -> None:
        poll = select.poll()
        poll.register(self._channel, select.POLLOUT)
        poll.poll(seconds * 1000)
