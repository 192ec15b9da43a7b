"""yEnc 1.3, as an encoding and in the middle of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clamgate.core.settings import KIB
from clamgate.message.mime.octets import Octets, cut, matches, pieces

_BEGIN = re.compile(rb"(?<![^\r\n])=ybegin ([^\r\n]*)(?:\r\n|\n|\r)")
_END = re.compile(rb"(?<![^\r\n])=yend(?=[ \r\n]|\Z)")
_PART = re.compile(rb"=ypart [^\r\n]*(?:\r\n|\n|\r)")
_NAME = re.compile(rb"name=(.*)")
_ESCAPED = re.compile(rb"=(.)", re.DOTALL)
_SHIFTED = bytes((value - 42) % 256 for value in range(256))


def stands_in(text: Octets) -> bool:
    """Whether any file stands in it."""
    return text.find(b"=ybegin ", 0, len(text)) >= 0


def decode_files(text: Octets) -> Iterator[tuple[bytes, str, Iterator[bytes]]]:
    """Yield the name of each file that stands in a text, how it was read, and its bytes."""
    for base, begin in matches(_BEGIN, text):
        body = cut(text, base + begin.end(), len(text))
        end = next(matches(_END, body), None)
        part = _PART.match(body[:KIB])
        start = part.end() if part else 0
        body = cut(body, start, end[0] + end[1].start() if end else len(body))
        name = _NAME.search(begin[1])
        yield (name[1].strip() if name else b""), "yEnc", decode(body)


def decode(body: Octets) -> Iterator[bytes]:
    """Decode what stands between =ybegin and =yend."""
    left = b""
    for piece in pieces(body):
        text = left + piece.translate(None, b"\r\n")
        run = len(text) - len(text.rstrip(b"="))
        left = b"=" if run % 2 else b""  # what it escapes comes next
        yield _decoded(text[: len(text) - len(left)])
    yield _decoded(left)


def _decoded(text: bytes) -> bytes:
    return _ESCAPED.sub(lambda match: bytes(((match[1][0] - 64) % 256,)), text).translate(_SHIFTED)
