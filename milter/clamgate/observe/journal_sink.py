"""Lines for the journal of systemd, with a field for each of a record's."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable, Sequence

from clamgate.observe.journal import encode, entry
from clamgate.observe.layout import as_record
from clamgate.observe.sink import Level, Said
from clamgate.observe.syslog_sink import IDENT, facility_code

SOCKET = "/run/systemd/journal/socket"

_PATIENCE = 1.0
"""Seconds to wait for a journal that is busy; none for the lines after that, until it takes one."""
_BUFFER = 1 << 20


class JournalError(OSError):
    """The journal cannot be reached. The text is for people."""


class JournalSink:
    """Sends lines to the journal.

    Args:
        facility: One of `clamgate.observe.syslog_sink.FACILITIES`.
        records: Whether all that is sent is to be a record (LogFormat json).
        path: Its socket.
        clock: Seconds since the epoch.

    Raises:
        JournalError: Nobody listens there.
    """

    def __init__(
        self,
        facility: str,
        *,
        records: bool = False,
        path: str = SOCKET,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lost = 0
        self._facility = facility_code(facility)
        self._records = records
        self._path = path
        self._clock = clock
        self._untold = 0
        self._patience = _PATIENCE
        self._lock = threading.Lock()
        # Connected at once: later a chroot may have hidden it.
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self._socket.setblocking(False)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise JournalError(
                f"LogJournal: no journal listens on {path} ({error.strerror}): is "
                "systemd-journald running here? In a container it is not"
            ) from error

    def write(self, level: Level, text: str) -> None:
        """Send a line. One that is not taken is counted, and told of when one is."""
        with self._lock:
            if self._untold:
                count = self._untold
                if self._send(Level.WARNING, f"{count} log lines were not taken by the journal"):
                    self._untold -= count
            if not self._send(level, text):
                self.lost += 1
                self._untold += 1

    def write_all(self, said: Sequence[Said]) -> None:
        """Send lines, one by one."""
        for level, text in said:
            self.write(level, text)

    def reopen(self) -> None:
        """Do nothing: there is no file."""

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _send(self, level: Level, text: str) -> bool:
        said = as_record(level, text, self._clock()) if self._records else text
        data = encode(entry(level, said, IDENT, self._facility))
        taken = self._sent(data) or (self._ready_again() and self._sent(data))
        self._patience = _PATIENCE if taken else 0.0
        return taken

    def _sent(self, data: bytes) -> bool:
        try:
            self._socket.send(data)
        except OSError:
            return False
        return True

    def _ready_again(self) -> bool:
        """Wait for room, or find the journal again if it was started anew."""
        try:
            self._socket.connect(self._path)
        except OSError:
            return False
        poll = select.poll()
        poll.register(self._socket, select.POLLOUT)
        return bool(poll.poll(self._patience * 1000))
