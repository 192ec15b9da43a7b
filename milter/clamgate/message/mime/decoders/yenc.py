"""yEnc 1.3, as an encoding and in the middle of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BEGIN = re.compile(rb"(?:\A|[\r\n])=ybegin ([^\r\n]*)(?:\r\n|\n|\r)")
_END = re.compile(rb"(?:\A|[\r\n])=yend(?=[ \r\n]|\Z)")
_PART = re.compile(rb"\A=ypart [^\r\n]*(?:\r\n|\n|\r)")
_NAME = re.compile(rb"name=(.*)")
_ESCAPED = re.compile(rb"=(.)", re.DOTALL)
_SHIFTED = bytes((value - 42) % 256 for value in range(256))


def stands_in(text: bytes) -> bool:
    """Whether any file stands in it."""
    return b"=ybegin " in text


def decode_files(text: bytes) -> Iterator[tuple[bytes, str, bytes]]:
    """Yield the name of each file that stands in a text, how it was read, and its bytes."""
    for begin in _BEGIN.finditer(text):
        end = _END.search(text, begin.end() - 1)
        body = _PART.sub(b"", text[begin.end() : end.start() if end else len(text)])
        name = _NAME.search(begin[1])
        yield (name[1].strip() if name else b""), "yEnc", decode(body)


def decode(body: bytes) -> bytes:
    """Decode what stands between =ybegin and =yend."""
    bare = body.translate(None, b"\r\n")
    return _ESCAPED.sub(lambda match: bytes(((match[1][0] - 64) % 256,)), bare).translate(_SHIFTED)
