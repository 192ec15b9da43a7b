"""LogFile: appended to line by line, locked, moved aside when it is large, reopened on SIGHUP."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

from clamgate.core.settings import Logging
from clamgate.observe.append_file import (
    LogFileError,
    Owner,
    is_regular,
    open_to_append,
)
from clamgate.observe.layout import layout_of
from clamgate.observe.seldom import Seldom
from clamgate.observe.sink import Level, Said

# Seconds until a move that failed is tried again.
_MOVE_AGAIN = 60.0

_SIZE_WITHOUT_ROTATE = (
    "This file is larger than LogFileMaxSize and LogRotate is off: it is moved aside all the same"
)


class LogFile:
    """A sink that appends to a file. Safe for threads; a line is never spread over two writes.

    A file larger than LogFileMaxSize is moved to a name with the date in it before the next line
    is written, so no line is ever dropped for size. Without LogRotate that happens too, and the
    file says so at its end: the C program of today does the same (tried with 1.4.6), whatever its
    manual says of logging being disabled.

    A line that cannot be written (full disk) is counted and lost; the next one is tried again, and
    the log says how many are missing as soon as it can.

    Args:
        path: The file, absolute.
        logging: LogFileUnlock, LogFileMaxSize, LogRotate, LogTime and LogFormat.
        owner: Who the file shall belong to if we are root now; None leaves that alone.
        report: Takes the text of what is wrong with the file itself, for troubles
            that repeat at most once an hour.
        clock: Seconds since the epoch.

    Raises:
        LogFileError: It cannot be opened or locked.
    """

    def __init__(
        self,
        path: str,
        logging: Logging,
        owner: Owner | None = None,
        report: Callable[[str], None] = lambda _text: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lost = 0
        self._path = path
        self._logging = logging
        self._owner = owner
        self._layout = layout_of(logging)
        self._clock = clock
        self._report = report
        self._seldom = Seldom(report, clock)
        self._lock = threading.Lock()
        self._missing = 0
        self._torn = False
        self._told_of_size = logging.rotate
        self._no_move_before = 0.0
        self._descriptor: int | None = open_to_append(path, owner, lock=logging.lock)

    def write(self, level: Level, text: str) -> None:
        """Append a line. It never raises OSError."""
        self.write_all([(level, text)])

    def write_all(self, said: Sequence[Said]) -> None:
        """Append lines, in one write as long as the file is not too large."""
        with self._lock:
            now = self._clock()
            lines = [self._layout(level, text, now) for level, text in said]
            while lines:
                self._make_room(now)
                count = self._fitting(lines)
                self._append(lines[:count], now)
                lines = lines[count:]

    def reopen(self) -> None:
        """Close the file and open what now has its name; if that fails, keep what we have."""
        with self._lock:
            if self._descriptor is None or self._has_its_name():
                return
            try:
                self._open_anew()
            except LogFileError as error:
                self._tell(self._report, f"{error}; lines go on where they went")

    def close(self) -> None:
        """Close the file and free its lock."""
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def _append(self, lines: Sequence[bytes], now: float) -> None:
        """Append lines; those that are not written whole are lost."""
        notice = self._notice(now)
        try:
            written = self._write(notice + b"".join(lines))
        except OSError as error:
            self._lose(len(lines), error.strerror or str(error))
            return
        if written >= len(notice):
            self._missing = 0
        whole = sum(end <= written for end in accumulate(map(len, lines), initial=len(notice)))
        if lost := len(lines) - max(0, whole - 1):
            self._lose(lost, os.strerror(errno.ENOSPC))

    def _write(self, data: bytes) -> int:
        """Write data in one piece, on a line of its own even if the last write was cut short.

        Returns:
            How many bytes of it were written.

        Raises:
            OSError: None.
        """
        if self._descriptor is None:
            raise OSError("it is closed")
        whole = b"\n" + data if self._torn else data
        written = os.write(self._descriptor, whole)
        if written:
            self._torn = not whole.endswith(b"\n", 0, written)
        return len(data) - len(whole) + written

    def _notice(self, now: float) -> bytes:
        if not self._missing:
            return b""
        text = f"{self._missing} lines could not be written here"
        return self._layout(Level.WARNING, text, now)

    def _lose(self, count: int, reason: str) -> None:
        self.lost += count
        self._missing += count
        self._tell(
            self._seldom.say,
            f"LogFile {self._path}: cannot write to it, lines are lost: {reason}",
        )

    def _fitting(self, lines: Sequence[bytes]) -> int:
        """Return how many lines may follow each other until the file is too large."""
        limit = self._logging.max_size
        if self._descriptor is None or limit <= 0:
            return len(lines)
        room = limit - os.fstat(self._descriptor).st_size
        if room < 0:  # it cannot be moved now, or is a device
            return len(lines)
        ends = accumulate(map(len, lines))
        return next((count for count, end in enumerate(ends, 1) if end > room), len(lines))

    def _make_room(self, now: float) -> None:
        """Move the file aside if it is larger than allowed and the time has come."""
        if self._descriptor is None or not self._is_too_large(self._descriptor):
            return
        if now < self._no_move_before:
            return
        try:
            if self._has_its_name() and not self._move_aside(now):
                return
            self._open_anew()
        except OSError as error:
            self._no_move_before = now + _MOVE_AGAIN
            self._tell(
                self._seldom.say,
                f"LogFile {self._path}: larger than LogFileMaxSize, but cannot be moved aside: "
                f"{error.strerror or error}",
            )

    def _move_aside(self, now: float) -> bool:
        """Rename the file; False if that would overwrite one that was moved this very second."""
        target = Path(rotated_name(self._path, now))
        if target.exists():
            return False
        if not self._told_of_size:
            self._told_of_size = True
            note = self._layout(Level.WARNING, _SIZE_WITHOUT_ROTATE, now)
            if self._write(note) < len(note):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        Path(self._path).rename(target)
        return True

    def _is_too_large(self, descriptor: int) -> bool:
        limit = self._logging.max_size
        return 0 < limit < os.fstat(descriptor).st_size and is_regular(descriptor)

    def _has_its_name(self) -> bool:
        """Whether the path still leads to the open file, and not to nothing or to a newer one.

        Opening the same file a second time is no way to find out: closing either descriptor would
        free the lock (fcntl(2)).
        """
        if self._descriptor is None:
            return False
        try:
            there = os.lstat(self._path)
            here = os.fstat(self._descriptor)
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)

    def _open_anew(self) -> None:
        """Change to the file of our name, new if there is none.

        Raises:
            LogFileError: It cannot be opened; we stay where we are.
        """
        descriptor = open_to_append(self._path, self._owner, lock=self._logging.lock)
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = descriptor
        self._torn = False

    @staticmethod
    def _tell(report: Callable[[str], None], what: str) -> None:
        # A log must not fail for want of somebody to complain to.
        with contextlib.suppress(Exception):
            report(what)


def rotated_name(path: str, at: float) -> str:
    """Return the name that a full log gets: the C program's, ``NAME-20261124_030832.log``.

    It writes that over the last four characters, which are taken to be ``.log``. Here only a
    suffix of that length is replaced: elsewhere the C program's name is garbled, or even one in
    another folder.
    """
    suffix = Path(path).suffix
    stem = path.removesuffix(suffix) if len(suffix) == len(".log") else path
    return stem + time.strftime("-%Y%m%d_%H%M%S.log", time.localtime(at))
