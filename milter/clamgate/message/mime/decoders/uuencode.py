"""uuencode (POSIX), as an encoding and in the middle of a text."""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_uu
from collections.abc import Iterator
from itertools import chain, islice, pairwise

from clamgate.message.mime.decoders import base64
from clamgate.message.mime.octets import Octets, cut, lines, matches

_BEGIN = re.compile(rb"(?<![^\r\n])begin(-base64)?[ \t]+[0-7]{3,4}[ \t]+([^\r\n]*)(?:\r\n|\n|\r)")
_END = re.compile(rb"(?<![^\r\n])(?:end|====)[ \t]*(?=[\r\n]|\Z)")
_LINES = 1000


def stands_in(text: Octets) -> bool:
    """Whether any file stands in it."""
    return text.find(b"begin", 0, len(text)) >= 0 and any(True for _ in matches(_BEGIN, text))


def decode_files(text: Octets) -> Iterator[tuple[bytes, str, Iterator[bytes]]]:
    """Yield the name of each file that stands in a text, how it was read, and its bytes."""
    for begin, following in pairwise(chain(matches(_BEGIN, text), (None,))):
        if begin is None:
            continue
        base, match = begin
        start = base + match.end()
        limit = following[0] + following[1].start() if following else len(text)
        body = cut(text, start, limit)
        end = next(matches(_END, body), None)
        if end:
            body = cut(body, 0, end[0] + end[1].start())
        name = match[2].strip()
        if match[1]:
            for reading, chunks in base64.stream(body):
                yield name, f"uuencode, {reading}", chunks
        else:
            yield name, "uuencode", decode_lines(body)


def decode_lines(body: Octets) -> Iterator[bytes]:
    """Decode the lines between begin and end; a line that is none is passed over."""
    all_lines = lines(body)
    while some := list(islice(all_lines, _LINES)):
        yield b"".join(map(_line, some))


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
