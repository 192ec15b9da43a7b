"""Opening locked archives, each in a child process with limits of its own."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, cast

from clamgate.message.files import sealed_memory
from clamgate.message.locked.seven_zipped import MOST_UNPACKED

MOST_BYTES = 8 << 20
"""Bytes of an archive that is tried: the old encryption of zip makes about a megabyte a second."""

_CHILD = ("-I", "-m", "clamgate.message.locked.child")
_SECONDS = 20.0
_LOOK = 2.0
_END = 5.0
_PIECE = 1 << 16
_OVERHEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of a locked archive.

    Attributes:
        archive: What could be opened, in an archive without a lock; empty if nothing could.
        why: Why something in it stays locked, for people; empty if nothing does.
    """

    archive: bytes
    why: str = ""


class Opener:
    """Opens archives, one at a time.

    Args:
        command: What is run in the child; the file of passwords is its last argument.
        seconds: How long one archive may wait for its turn, and how long it may then take.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        command: Sequence[str] = (sys.executable, *_CHILD),
        seconds: float = _SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = tuple(command)
        self._seconds = seconds
        self._clock = clock
        self._turn = threading.Lock()

    def open(self, archive: bytes, words: Sequence[bytes], keepalive: Callable[[], None]) -> Opened:
        """Try passwords on an archive.

        Args:
            archive: Its bytes.
            words: The passwords.
            keepalive: Called every few seconds meanwhile.
        """
        if len(archive) > MOST_BYTES:
            return Opened(b"", f"it is over {MOST_BYTES >> 20} MiB")
        until = self._clock() + self._seconds
        while not self._turn.acquire(timeout=_LOOK):
            keepalive()
            if self._clock() > until:
                return Opened(b"", "others were tried meanwhile")
        try:
            return self._run(archive, words, self._clock() + self._seconds, keepalive)
        except OSError as error:
            return Opened(b"", f"it could not be tried: {error.strerror}")
        finally:
            self._turn.release()

    def _run(
        self,
        archive: bytes,
        words: Sequence[bytes],
        until: float,
        keepalive: Callable[[], None],
    ) -> Opened:
        given = sealed_memory("clamgate-locked", archive)
        try:
            listed = sealed_memory("clamgate-passwords", b"\n".join(words))
            try:
                process = self._start(given, listed)
            finally:
                os.close(listed)
        finally:
            os.close(given)
        with cast("IO[bytes]", process.stdout) as output:
            try:
                heard = self._heard(output, MOST_UNPACKED + _OVERHEAD, until, keepalive)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_END if heard else 0)
            finally:
                process.kill()
                process.wait()
        why, line_end, opened = heard.partition(b"\n")
        if process.returncode or not line_end:
            return Opened(b"", "trying it took too much time or memory")
        return Opened(opened, why.decode("ascii", "replace"))

    def _start(self, archive: int, words: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  our own program
            [*self._command, str(words)],
            stdin=archive,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(words,),
            start_new_session=True,
            cwd="/",
            env={},
        )

    def _heard(
        self, output: IO[bytes], most: int, until: float, keepalive: Callable[[], None]
    ) -> bytes:
        """Return what the child says, nothing if it does not come to an end in time."""
        heard = bytearray()
        poll = select.poll()
        poll.register(output, select.POLLIN)
        while len(heard) <= most and self._clock() < until:
            if not poll.poll(_LOOK * 1000):
                keepalive()
                continue
            piece = os.read(output.fileno(), _PIECE)
            if not piece:
                return bytes(heard)
            heard += piece
        return b""
