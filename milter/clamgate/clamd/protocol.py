r"""What is said to a clamd and what it answers, as bytes and values. No I/O.

Commands begin with ``z`` and end with NUL, and so does the answer (manual page clamd(8),
"COMMANDS"). Outside a session clamd closes the connection after one answer. The one answer that
ends with a line feed instead is ``COMMAND READ TIMED OUT`` (clamd 1.4, its receive loop).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clamgate.clamd.errors import BrokenError

VERSION = b"zVERSION\0"
STATS = b"zSTATS\0"
INSTREAM = b"zINSTREAM\0"

FILDES = b"zFILDES\0\0"
"""The last byte is the one that carries the descriptor; clamd takes all of it in one message."""

IDSESSION = b"zIDSESSION\0"
"""Begins a session: commands follow each other, and each reply has its command's number, from 1,
before it (``1: fd[12]: OK``; clamd(8))."""

MAX_REPLY = 64 * 1024
"""Bytes after which a reply is nonsense. The longest true one is a path and a signature's name."""

MAX_NAME = 256
"""Characters of a signature's name that are passed on to headers and logs."""


class ProtocolError(BrokenError):
    """What came is not what a clamd says."""


@dataclass(frozen=True, slots=True)
class NothingFound:
    """``OK``: nothing in what it looked at."""


@dataclass(frozen=True, slots=True)
class Found:
    """``FOUND``: this signature matched. Printable ASCII."""

    signature: str


@dataclass(frozen=True, slots=True)
class LimitExceeded:
    """It stopped at one of its own limits (``MaxFileSize``, ``MaxRecursion``), and says so."""

    limit: str

    @property
    def signature(self) -> str:
        """The name by which it says so."""
        return _LIMITS if self.limit == _ANY_LIMIT else f"{_LIMITS}.{self.limit}"


@dataclass(frozen=True, slots=True)
class StreamTooLong:
    """The message is longer than its StreamMaxLength."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It could not scan this message; the text says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotServed:
    """It complains of the request, not of the message: it is stopping, overloaded or confused."""

    reason: str


Answer = NothingFound | Found | LimitExceeded | StreamTooLong | Refused | NotServed

_STREAM_TOO_LONG = "INSTREAM size limit exceeded. ERROR"

_TIMED_OUT = "COMMAND READ TIMED OUT"

_LIMITS = "Heuristics.Limits.Exceeded"
_ANY_LIMIT = "limits"
_LIMIT = re.compile(r"Heuristics\.Limits\.Exceeded(?:\.([\w.-]+))?", re.ASCII)


_MAX_THREADS = re.compile(r"THREADS: [^:]*?\bmax ([1-9]\d{0,5})\b", re.ASCII)
_THREADS = re.compile(r"THREADS: live (\d{1,6})\s+idle (\d{1,6})\s+max (\d{1,6})\b", re.ASCII)
_QUEUE = re.compile(r"QUEUE: (\d{1,6}) items", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stats:
    """What a clamd says of its own load, all its clients' together.

    Attributes:
        queue: What waits for a thread.
        live, idle: Its threads, and those of them that have nothing to do.
        most: MaxThreads.
    """

    queue: int = 0
    live: int = 0
    idle: int = 0
    most: int = 0


def is_plain_ok(data: bytes, number: int) -> bool:
    """Whether this is a whole reply in a session that says ``OK``, as nearly all do.

    Args:
        data: What came first.
        number: The command's.
    """
    return (
        data.endswith(b"]: OK\0")
        and data.startswith(b"%d: fd[" % number)
        and data.index(b"\0") == len(data) - 1
    )


class ReplyReader:
    """Puts a reply together from the pieces it arrives in."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> str | None:
        """Take what arrived (nothing: the connection has ended); return the reply once it is whole.

        Only the first is of interest: clamd gives one for a command. It is made printable ASCII.

        Raises:
            ProtocolError: The connection ended before the end of the reply, or it is too long.
        """
        self._buffer += data
        reply, end, _ = self._buffer.partition(b"\0")
        if not end and not data:
            if self._buffer == _TIMED_OUT.encode() + b"\n":
                return _TIMED_OUT
            raise ProtocolError(self._cut_off())
        if len(reply) > MAX_REPLY:
            raise ProtocolError(f"a reply longer than {MAX_REPLY} bytes")
        return _printable(reply) if end else None

    def _cut_off(self) -> str:
        if not self._buffer:
            return "it closed the connection without a reply"
        return f"it closed the connection in the middle of a reply: {_excerpt(self._buffer)}"


def parse_answer(reply: str) -> Answer:
    """Say what a reply to FILDES or INSTREAM means.

    Raises:
        ProtocolError: It is none that a clamd gives.
    """
    if reply == _STREAM_TOO_LONG:
        return StreamTooLong()
    subject, _, outcome = reply.partition(": ")
    if _is_subject(subject):
        if outcome == "OK":
            return NothingFound()
        if outcome.endswith(" FOUND"):
            return _finding(outcome.removesuffix(" FOUND"))
        if outcome.endswith(" ERROR"):
            return Refused(outcome.removesuffix(" ERROR")[:MAX_NAME])
    elif reply == _TIMED_OUT or reply.endswith(" ERROR"):
        return NotServed(reply.removesuffix(" ERROR")[:MAX_NAME])
    raise ProtocolError(f"a reply that is no clamd's: {_excerpt(reply.encode())}")


def without_number(reply: str, number: int) -> str:
    """Return a reply in a session without the number of its command.

    What clamd says when it ends a session has none.

    Raises:
        ProtocolError: It is the reply to another command.
    """
    before, separator, rest = reply.partition(": ")
    if not separator or not before.isdecimal():
        return reply
    if before != str(number):
        raise ProtocolError(f"command {number} is answered with {_excerpt(reply.encode())}")
    return rest


def parse_version(reply: str) -> str:
    """Return what VERSION was answered with (``ClamAV 1.4.6/27500/Mon Jan  1 ...``).

    Raises:
        ProtocolError: It is not a clamd's.
    """
    if not reply.startswith("ClamAV "):
        raise ProtocolError(f"no clamd: VERSION is answered with {_excerpt(reply.encode())}")
    return reply[:MAX_NAME]


def parse_max_threads(reply: str) -> int | None:
    """Return MaxThreads as STATS tells it, None if it does not: a conf can forbid that command.

    Its line is ``THREADS: live 1  idle 0 max 10 idle-timeout 30`` (clamd 1.4, thrmgr.c).
    """
    found = _MAX_THREADS.search(reply)
    return int(found[1]) if found else None


def parse_stats(reply: str) -> Stats | None:
    """Return what STATS tells of its pools of threads together, None if it does not.

    Each pool has a ``THREADS:`` line (see `parse_max_threads`) and one ``QUEUE: 0 items``.
    """
    threads = [[int(number) for number in found] for found in _THREADS.findall(reply)]
    if not threads:
        return None
    live, idle, most = (sum(column) for column in zip(*threads, strict=True))
    return Stats(sum(int(number) for number in _QUEUE.findall(reply)), live, idle, most)


def stream_frames(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what to send for INSTREAM: the command, each chunk with its length, and the end."""
    yield INSTREAM
    for chunk in chunks:
        if chunk:
            yield struct.pack(">I", len(chunk)) + chunk
    yield struct.pack(">I", 0)


def _is_subject(text: str) -> bool:
    """Whether this names what was scanned: ``fd[12]`` or ``stream``."""
    return text == "stream" or (text.startswith("fd[") and text.endswith("]"))


def _finding(name: str) -> Found | LimitExceeded:
    if not name:
        raise ProtocolError("a signature was found but has no name")
    limit = _LIMIT.fullmatch(name)
    if limit:
        return LimitExceeded(limit[1] or _ANY_LIMIT)
    return Found(name[:MAX_NAME])


def _printable(raw: bytes) -> str:
    text = raw.decode("ascii", "backslashreplace")
    return text if text.isprintable() else re.sub(r"[^ -~]", "?", text)


def _excerpt(raw: bytes) -> str:
    return repr(_printable(raw[:80]))
