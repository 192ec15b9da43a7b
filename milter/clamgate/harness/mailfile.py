"""A mail file, cut into header fields and body as Postfix would cut it up for a filter.

It is what Postfix 3.7 was seen to hand over when the file's lines came to it by SMTP
(tests/harness/test_mailfile_against_postfix.py). Nothing is held but one field or piece at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

Field = tuple[bytes, bytes]

MAX_FIELD = 60000
"""Bytes of a field's text, name and folds included: what is beyond does not reach a filter."""

DROPPED_FIELDS = frozenset({b"bcc", b"content-length", b"resent-bcc", b"return-path"})
"""What Postfix takes out of every mail (message_drop_headers), by name in lower case."""

_PIECE = 65536
_LF = b"\n"
# RFC 5322, 2.2: a field name is printable ASCII but for the colon.
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_MBOX_LINE = re.compile(rb">*From ")


class MailFile:
    """Reads a mail from front to back: first `fields`, to its end, then `body`.

    A line ``From ...`` before the header, as in mbox files, is no part of the mail.

    Attributes:
        dropped: The fields that were read and that Postfix would take out.
        separated: Whether an empty line ended the header, once that was read.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.dropped: list[Field] = []
        self.separated = False
        self._stream = stream
        self._first = b""

    def fields(self) -> Iterator[Field]:
        """Yield the fields that a filter sees, each value with its leading space and LF at folds.

        A value ends at a NUL, as a C string does. The header ends at an empty line, or at the first
        line that belongs to no field; that line then is the body's first.

        Raises:
            OSError: The stream cannot be read.
        """
        return map(split_field, self.texts())

    def texts(self) -> Iterator[bytes]:
        """Yield the same fields as they stand, each without its last line end, LF at folds.

        Raises:
            OSError: The stream cannot be read.
        """
        line = first_line(self._stream)
        while _FIELD.match(line):
            text, line = self._whole_field(line)
            field = split_field(text)
            if field[0].lower() in DROPPED_FIELDS:
                self.dropped.append(field)
            else:
                yield text
        self.separated = line.endswith(_LF) and not line.rstrip(b"\r\n")
        self._first = b"" if self.separated else line

    def body(self) -> Iterator[bytes]:
        """Yield the body with CRLF line ends, after the last line too, in pieces of any size.

        Raises:
            OSError: The stream cannot be read.
        """
        return crlf_pieces(self._stream, self._first)

    def _whole_field(self, line: bytes) -> tuple[bytes, bytes]:
        """Return a field's text, of which `line` is the first line, and the line after it."""
        _skip_rest(self._stream, line)
        text = _clean(line)[:MAX_FIELD]
        complete = True
        while (line := self._stream.readline(_PIECE))[:1] in (b" ", b"\t"):
            _skip_rest(self._stream, line)
            fold = _LF + _clean(line)
            complete = complete and len(text) + len(fold) <= MAX_FIELD
            if complete:
                text += fold
        return text, line


def first_line(stream: BinaryIO) -> bytes:
    """Return the first line of the mail in a file, which a line of an mbox may come before.

    Raises:
        OSError: The stream cannot be read.
    """
    line = stream.readline(_PIECE)
    if _MBOX_LINE.match(line) and not _FIELD.match(line):
        _skip_rest(stream, line)
        line = stream.readline(_PIECE)
    return line


def split_field(text: bytes) -> Field:
    """Return a field's name, and its value as a filter sees it: with its leading space."""
    name, _, value = text.partition(b":")
    return name.rstrip(b" \t"), value.partition(b"\0")[0]


def crlf_pieces(stream: BinaryIO, first: bytes = b"") -> Iterator[bytes]:
    """Yield `first` and what follows in the stream with CRLF at the end of every line.

    CRs before an LF are dropped, all of them, and a stray one becomes a space, as Postfix has it
    (cleanup_replace_stray_cr_lf). At the end of a piece they wait until it is known what follows.

    Raises:
        OSError: The stream cannot be read.
    """
    waiting = 0
    ended = True
    piece = first or stream.read(_PIECE)
    while piece:
        text = piece.rstrip(b"\r")
        if text:
            # What waited is dropped before an LF.
            strays = b"" if text.lstrip(b"\r").startswith(_LF) else b" " * waiting
            yield strays + b"\r\n".join(map(_clean, text.split(_LF)))
            waiting = 0
            ended = text.endswith(_LF)
        waiting += len(piece) - len(text)
        piece = stream.read(_PIECE)
    if waiting or not ended:
        yield b"\r\n"


def _skip_rest(stream: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(_LF):
        line = stream.readline(_PIECE)


def _clean(line: bytes) -> bytes:
    return line.rstrip(b"\r\n").replace(b"\r", b" ")
