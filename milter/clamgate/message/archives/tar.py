"""tar: what files it holds (POSIX.1-2001 pax, ustar, GNU and the old form)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from clamgate.message.archives.entry import HEAD, Entry, stored, text_of
from clamgate.message.archives.limits import Meter

_BLOCK = 512
_MAX_NAME = 64 * 1024
_PAX_PATH = re.compile(rb"(?:\A|\n)\d{1,9} path=([^\n]*)")
_LONG_NAME = b"L"
_PAX = (b"x", b"X")
_MARK = b"ustar"
_NOT_ZERO = re.compile(rb"[^\0]")
_BASE_256 = 0x80


def is_one(head: bytes) -> bool:
    """Whether something begins as a tar does: the old form has nothing but a checksum."""
    return head[257:262] == _MARK or (
        len(head) >= _BLOCK and head[0] != 0 and _checksum_fits(head[:_BLOCK])
    )


def entries(data: bytes, meter: Meter) -> Iterator[Entry]:
    """Yield what it holds. What is cut short is given as far as it goes."""
    at = 0
    longer: list[bytes] = []
    # Some programs read on behind the two blocks of zeros that are the end.
    while at < len(data) and (found := _NOT_ZERO.search(data, at)) is not None:
        at = found.start() // _BLOCK * _BLOCK
        block = data[at : at + _BLOCK]
        at += _BLOCK
        meter.step()
        size = _number(block[124:136])
        if len(block) < _BLOCK or size is None or not _is_header(block):
            continue
        kind, body = block[156:157], memoryview(data)[at : at + size]
        at += -(-size // _BLOCK) * _BLOCK
        if kind == _LONG_NAME:
            longer.append(bytes(body[:_MAX_NAME]).rstrip(b"\0"))
        elif kind in _PAX:
            longer += _PAX_PATH.findall(body[:_MAX_NAME])
        else:
            names = (*longer, *_short_names(block))
            longer = []
            yield Entry(
                tuple(map(text_of, names)), bytes(body[:HEAD]), partial(stored, body, meter)
            )


def _is_header(block: bytes) -> bool:
    return block[257:262] == _MARK or _checksum_fits(block)


def _short_names(block: bytes) -> list[bytes]:
    name = block[:100].partition(b"\0")[0]
    prefix = block[345:500].partition(b"\0")[0] if block[257:262] == _MARK else b""
    return [b"%b/%b" % (prefix, name)] if prefix else [name]


def _number(field: bytes) -> int | None:
    """Return a size: octal digits, or GNU's base 256."""
    if field[:1] and field[0] & _BASE_256:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        return None


def _checksum_fits(block: bytes) -> bool:
    given = _number(block[148:156])
    return given == sum(block) - sum(block[148:156]) + 8 * ord(" ") and bool(given)
