"""Quoted-printable (RFC 2045, 6.7), as programs decode what is not quite it."""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Iterator

from clamgate.core.settings import MIB
from clamgate.message.mime.octets import Octets, pieces

_ESCAPE = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*(?:\r\n|\n|\r|\Z))")
_CAPITALS = re.compile(rb"=([0-9A-F]{2})|=\r?\n")
_BAD_ESCAPE = re.compile(rb"=(?![0-9A-F]{2}|\r\n)")
_NO_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*[\r\n])")
# clamd 1.4 loses what follows a NUL in a line, and line ends that are escaped.
_CONTROL = re.compile(rb"=(?:0[0-8A-F]|1)")
_TRAILING_BLANKS = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
# What may be the beginning of something that goes on behind it.
_OPEN_END = re.compile(rb"(?:=[0-9A-Fa-f]?|=?[ \t]++\r?|=?\r)\Z")
_MAX_OPEN = 1 * MIB


def is_strict(data: Octets) -> bool:
    """Whether all programs decode it alike."""
    last = b""
    for piece in _pieces(data):
        if (
            _BAD_ESCAPE.search(piece)
            or _CONTROL.search(piece)
            or b" \r\n" in piece
            or b"\t\r\n" in piece
        ):
            return False
        last = piece
    return not last.endswith((b" ", b"\t"))


def stream(data: Octets) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield each way to decode it, in words, with what comes of it; the plain one comes first."""
    yield "quoted-printable", map(_decoded, _pieces(data))
    if is_strict(data):
        return
    yield "quoted-printable without trailing blanks", map(_without_blanks, _pieces(data))
    yield "quoted-printable without bad escapes", map(_without_bad_escapes, _pieces(data))
    yield "quoted-printable, capitals only", map(_of_capitals, _pieces(data))


def decode(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Do the same with what is in memory anyway."""
    for reading, chunks in stream(data):
        yield reading, b"".join(chunks)


def decoded(data: Octets) -> Iterator[bytes]:
    """Decode it in the plain way."""
    return map(_decoded, _pieces(data))


def _pieces(data: Octets) -> Iterator[bytes]:
    """Yield it in pieces that no escape and no blanks at a line's end lie across."""
    left = b""
    for piece in pieces(data):
        text = left + piece
        end = text.rfind(b"\n") + 1
        if not end:
            open_end = _OPEN_END.search(text, max(0, len(text) - _MAX_OPEN))
            end = open_end.start() if open_end else len(text)
        if end:
            yield text[:end]
        left = text[end:]
    if left:
        yield left


def _decoded(data: bytes) -> bytes:
    if b"=" not in data:
        return data
    return _ESCAPE.sub(_unescaped, data) if _BAD_ESCAPE.search(data) else a2b_qp(data)


def _without_blanks(data: bytes) -> bytes:
    return _decoded(_TRAILING_BLANKS.sub(b"", data))


def _without_bad_escapes(data: bytes) -> bytes:
    return _decoded(_NO_ESCAPE.sub(b"", data))


def _of_capitals(data: bytes) -> bytes:
    return _CAPITALS.sub(_unescaped, data)


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode("ascii")) if match[1] else b""
