"""Mail out of an mbox, one at a time, whatever the size of the file.

Mail begins at the start and after every empty line that a ``From `` line with a time of day
follows. Where a Content-Length leads to such a place, it is believed (mboxcl and mboxcl2), else
not. One ``>`` is taken from ``>From `` lines (mboxrd; in mboxo they look the same).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

_PIECE = 65536
_LF = b"\n"
_EMPTY = (b"\n", b"\r\n")
_SEPARATOR = re.compile(rb"From .*\d:\d\d")
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,18})[ \t\r]*\n", re.IGNORECASE)
_BARE_FROM = re.compile(rb"^From ", re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


def begins_mbox(start: bytes) -> bool:
    """Whether a file that begins so is an mbox."""
    return _SEPARATOR.match(start) is not None


def mails(stream: BinaryIO, limit: int) -> Iterator[bytes | None]:
    """Yield the mails of an mbox without their ``From `` lines, None for one over `limit` bytes.

    Raises:
        OSError: The stream cannot be read.
    """
    reader = _Reader(stream)
    while line := reader.readline(_PIECE):
        while not line.endswith(_LF) and (more := reader.readline(_PIECE)):
            line = more
        yield _mail(reader, limit)


def _mail(reader: _Reader, limit: int) -> bytes | None:
    """Read what follows a separator, up to the next one."""
    header, length = _header(reader, limit)
    room = limit - len(header)
    body = None
    if length is not None and length <= room:
        body = _measured_body(reader, length)
    if body is None:
        body = _body(reader, room)
    if body is None or len(header) + len(body) > limit:
        return None
    return bytes(header + body)


def _header(reader: _Reader, limit: int) -> tuple[bytes, int | None]:
    """Return the header with the empty line, and its Content-Length; cut off if it is too long."""
    header = bytearray()
    length = None
    while line := reader.readline(_PIECE):
        if len(header) <= limit:
            header += line
        if line in _EMPTY:
            break
        if match := _LENGTH.match(line):
            length = int(match[1])
    return bytes(header), length


def _measured_body(reader: _Reader, length: int) -> bytes | None:
    """Return so many bytes, if a mail ends after them; else None, and nothing is read."""
    body = reader.read(length)
    ahead = b""
    while (line := reader.readline(_PIECE)) in _EMPTY:
        ahead += line
    # Without an empty line before it, a From_ line after a body that ends with one will do too.
    complete = len(body) == length and (not line or bool(_SEPARATOR.match(line)))
    if not complete:
        reader.unread(body + ahead + line)
        return None
    reader.unread(line)
    # With a From_ line that stands as it is, nothing was quoted.
    return body if _BARE_FROM.search(body) else _unquoted(body)


def _body(reader: _Reader, limit: int) -> bytes | None:
    """Return what comes before the next separator; None, and it is read all the same, if long."""
    body = bytearray()
    after_empty, at_start = True, True
    while line := reader.readline(_PIECE):
        if after_empty and _SEPARATOR.match(line):
            reader.unread(line)
            break
        if len(body) <= limit:
            body += line
        after_empty = at_start and line in _EMPTY
        at_start = line.endswith(_LF)
    if len(body) > limit:
        return None
    return _unquoted(_without_last_empty_line(bytes(body)))


def _without_last_empty_line(body: bytes) -> bytes:
    """Take off the empty line that belongs to the next separator."""
    for ending in (b"\r\n\r\n", b"\n\n"):
        if body.endswith(ending):
            return body[: -len(ending) // 2]
    return b"" if body in _EMPTY else body


def _unquoted(body: bytes) -> bytes:
    return _QUOTED_FROM.sub(rb"\1", body)


class _Reader:
    """A stream that takes back what was read too far."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._back = BytesIO()

    def readline(self, size: int) -> bytes:
        line = self._back.readline(size)
        if not line.endswith(_LF) and len(line) < size:
            line += self._stream.readline(size - len(line))
        return line

    def read(self, size: int) -> bytes:
        data = self._back.read(size)
        if len(data) < size:
            data += self._stream.read(size - len(data))
        return data

    def unread(self, data: bytes) -> None:
        self._back = BytesIO(data + self._back.read())
