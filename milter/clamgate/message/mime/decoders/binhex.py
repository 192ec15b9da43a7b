"""BinHex 4.0 (RFC 1741), as an encoding and in the middle of a text."""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterator

from clamgate.message.mime.limits import CutOffError

_MARK = re.compile(rb"\(This file must be converted with BinHex")
_DATA = re.compile(rb":([^:]*)(?::|\Z)", re.DOTALL)
_ALPHABET = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_TO_BASE64 = bytes.maketrans(
    _ALPHABET, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)
_JUNK = bytes(set(range(256)) - set(_ALPHABET))
_RUN = 0x90
_MAX_GROWTH = 8


def stands_in(text: bytes) -> bool:
    """Whether any file stands in it."""
    return b"must be converted with BinHex" in text


def decode_files(text: bytes) -> Iterator[tuple[bytes, str, bytes]]:
    """Yield the name of each file that stands in a text, how it was read, and its data fork."""
    for mark in _MARK.finditer(text):
        if data := _DATA.search(text, mark.end()):
            yield from _files(data[1])


def decode(body: bytes) -> Iterator[tuple[bytes, str, bytes]]:
    """Yield what an entity that is declared to be BinHex holds, with or without its mark."""
    data = _DATA.search(body)
    yield from _files(data[1] if data else body)


def _files(text: bytes) -> Iterator[tuple[bytes, str, bytes]]:
    archive = expand(_bits(text))
    length = archive[0] if archive else 0
    name, rest = archive[1 : 1 + length], archive[1 + length :]
    # A version byte, type, creator, flags; then the lengths of both forks and a checksum.
    size = int.from_bytes(rest[11:15], "big")
    yield name, "BinHex", rest[21 : 21 + size]
    yield name, "BinHex, all of it", archive


def _bits(text: bytes) -> bytes:
    clean = text.translate(None, _JUNK).translate(_TO_BASE64)
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    return a2b_base64(clean + b"=" * (-len(clean) % 4))


def expand(data: bytes) -> bytes:
    """Undo the run-length encoding: 0x90 and a count repeat a byte; with a count of 0 it is itself.

    Raises:
        CutOffError: It unfolds to far more than anybody would send so.
    """
    most = _MAX_GROWTH * max(len(data), 1 << 16)
    out = bytearray()
    at = 0
    while (mark := data.find(_RUN, at)) >= 0 and mark + 1 < len(data):
        out += data[at:mark]
        count = data[mark + 1]
        if count == 0:
            out.append(_RUN)
        else:
            out += out[-1:] * (count - 1)
        if len(out) > most:
            raise CutOffError(f"BinHex that unfolds to over {_MAX_GROWTH} times its size")
        at = mark + 2
    return bytes(out + data[at:])
