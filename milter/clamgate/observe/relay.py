"""Log lines on their way to the process that writes them: nobody's mail waits for it.

The channel is a SOCK_SEQPACKET pair that all senders share. A packet holds one or more records,
each a line of text: the level's first letter, the subject and the text, with tabs in between.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator

from clamgate.observe.lines import LogLine
from clamgate.observe.sink import Level

LARGEST_PACKET = 64 * 1024
"""Bytes, at most, of a packet: a reader needs room for so many."""

_LETTERS = {level: level.value[0] for level in Level}
_LEVELS = {letter: level for level, letter in _LETTERS.items()}
_TOGETHER = 48 * 1024


def make_channel() -> tuple[socket.socket, socket.socket]:
    """Return the end that lines are read from, and the one that all processes write to."""
    reader, writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    writer.setblocking(False)
    return reader, writer


def pack(line: LogLine) -> bytes:
    """Return a line as a record."""
    return f"{_LETTERS[line.level]}\t{line.subject}\t{line.text}\n".encode("utf-8", "replace")


def unpack(packet: bytes) -> Iterator[LogLine]:
    """Yield the lines of a packet."""
    for record in packet.decode("utf-8", "replace").split("\n")[:-1]:
        letter, subject, text = record.split("\t", 2)
        yield LogLine(_LEVELS[letter], text, subject)


class Relay:
    """The sending side. Safe for threads; it never waits.

    A line that the channel has no room for is kept, and so are those after it, in their order, up
    to a limit; beyond it lines are lost, and the log says how many.

    Args:
        channel: The end to write to.
        limit: How many lines are kept.
    """

    def __init__(self, channel: socket.socket, limit: int = 10_000) -> None:
        self.lost = 0
        self._channel = channel
        self._limit = limit
        self._waiting: deque[bytes] = deque()
        self._untold = 0
        self._lock = threading.Lock()
        self._more = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Send what waits from a thread of its own; without it, somebody must call `flush`."""
        self._thread = threading.Thread(target=self._pump, name="log", daemon=True)
        self._thread.start()

    def write(self, line: LogLine) -> None:
        """Send a line, now or later."""
        record = pack(line)
        with self._lock:
            if not self._waiting and self._send(record):
                return
            if len(self._waiting) < self._limit:
                self._waiting.append(record)
            else:
                self._lose(1)
        self._more.set()

    def flush(self) -> bool:
        """Send as much of what waits as there is room for, and say whether that was all."""
        with self._lock:
            while self._waiting:
                count, packet = self._next_packet()
                if not self._send(packet):
                    return False
                for _ in range(count):
                    self._waiting.popleft()
            if self._untold:
                text = f"{self._untold} log lines were lost: they came faster than they are written"
                if not self._send(pack(LogLine(Level.WARNING, text))):
                    return False
                self._untold = 0
            return True

    def close(self, timeout: float) -> None:
        """Send what waits, for at most `timeout` seconds, and close this process's end."""
        end = time.monotonic() + timeout
        while not self.flush() and time.monotonic() < end:
            self._await_room(0.1)
        self._closing = True
        self._more.set()
        if self._thread:
            self._thread.join(1.0)
        self._channel.close()

    def _next_packet(self) -> tuple[int, bytes]:
        """Return as many records as fit into one packet, and how many they are."""
        count = size = 0
        for record in self._waiting:
            size += len(record)
            if count and size > _TOGETHER:
                break
            count += 1
        return count, b"".join(record for record, _ in zip(self._waiting, range(count)))  # noqa: B905  the first few

    def _send(self, packet: bytes) -> bool:
        """Send a packet; False if there is no room now."""
        try:
            self._channel.send(packet)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:  # nobody reads it any more, nor ever will
            self._lose(packet.count(b"\n"))
        return True

    def _lose(self, count: int) -> None:
        self.lost += count
        self._untold += count

    def _pump(self) -> None:
        while not self._closing:
            self._more.wait()
            self._more.clear()
            while not self.flush():
                self._await_room(1.0)
                if self._closing:
                    return

    def _await_room(self, seconds: float) -> None:
        poll = select.poll()
        poll.register(self._channel, select.POLLOUT)
        poll.poll(seconds * 1000)
