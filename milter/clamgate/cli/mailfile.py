"""A mail file, handed to a session as an MTA would hand the mail over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Protocol

_CHUNK = 65536
_MAX_LINE = 1 << 20
# RFC 5322, 2.2: a field name is printable ASCII but for the colon.
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)


class Receiver(Protocol):
    """Takes a mail piece by piece: a session does."""

    def header(self, name: bytes, value: bytes) -> object:
        """Take a field; the value keeps its leading space and its folds."""

    def body(self, chunk: bytes) -> object:
        """Take a piece of the body."""


def feed(receiver: Receiver, stream: BinaryIO) -> None:
    """Read a mail and hand it over.

    The header ends at an empty line, or at the first line that belongs to no field; that line then
    is the body's first, as Postfix has it. Lines end with CRLF for the receiver whatever the file
    has. A line ``From ...`` before the header, as in mbox files, is left out.

    Raises:
        OSError: The stream cannot be read.
    """
    header = _Header(stream)
    for name, value in header.fields():
        receiver.header(name, value)
    for chunk in _with_crlf(header.rest, stream):
        receiver.body(chunk)


class _Header:
    """Reads the fields; `rest` then holds what was read of the body."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.rest = b""

    def fields(self) -> Iterator[tuple[bytes, bytes]]:
        line = self._stream.readline(_MAX_LINE)
        if line.startswith(b"From "):
            line = self._stream.readline(_MAX_LINE)
        while match := _FIELD.match(line):
            name, value = match.groups()
            line = self._stream.readline(_MAX_LINE)
            while line[:1] in (b" ", b"\t"):
                value += line
                line = self._stream.readline(_MAX_LINE)
            yield name, value.removesuffix(b"\n").removesuffix(b"\r")
        self.rest = b"" if line in (b"\n", b"\r\n") else line


def _with_crlf(first: bytes, stream: BinaryIO) -> Iterator[bytes]:
    """Yield `first` and what follows with CRLF line ends.

    A CR at the end of a read is held back until it is known whether LF follows.
    """
    held = b""
    chunk = first or stream.read(_CHUNK)
    while chunk:
        chunk = held + chunk
        held = b"\r" if chunk.endswith(b"\r") else b""
        chunk = chunk.removesuffix(b"\r")
        if chunk:
            yield chunk.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        chunk = stream.read(_CHUNK)
    if held:
        yield held
