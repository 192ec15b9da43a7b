"""uuencode (POSIX), as an encoding and in the middle of a text."""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_uu
from collections.abc import Iterator
from itertools import pairwise

from clamgate.message.mime.decoders.base64 import decode as decode_base64

_BEGIN = re.compile(rb"(?:\A|[\r\n])begin(-base64)?[ \t]+[0-7]{3,4}[ \t]+([^\r\n]*)(?:\r\n|\n|\r)")
_END = re.compile(rb"(?:\A|[\r\n])(?:end|====)[ \t]*(?=[\r\n]|\Z)")


def stands_in(text: bytes) -> bool:
    """Whether any file stands in it."""
    return b"begin" in text and _BEGIN.search(text) is not None


def decode_files(text: bytes) -> Iterator[tuple[bytes, str, bytes]]:
    """Yield the name of each file that stands in a text, how it was read, and its bytes."""
    for begin, following in pairwise((*_BEGIN.finditer(text), None)):
        assert begin is not None  # noqa: S101  only the last one is
        limit = following.start() if following else len(text)
        end = _END.search(text, begin.end() - 1, limit)
        body = text[begin.end() : end.start() if end else limit]
        name = begin[2].strip()
        if begin[1]:
            for reading, data in decode_base64(body):
                yield name, f"uuencode, {reading}", data
        else:
            yield name, "uuencode", decode_lines(body)


def decode_lines(body: bytes) -> bytes:
    """Decode the lines between begin and end; a line that is none is passed over."""
    return b"".join(_line(line) for line in re.split(rb"\r\n|\n|\r", body) if line)


def _line(line: bytes) -> bytes:
    try:
        return a2b_uu(line)
    except BinasciiError:
        # Broken encoders leave something behind the line; its length says what counts.
        wanted = ((line[0] - 32) & 63) * 4 + 5
        try:
            return a2b_uu(line[: wanted // 3])
        except BinasciiError:
            return b""
