"""S/MIME signed data (CMS, RFC 5652), opaque: the message that was signed, out of its wrapping.

No signature is looked at: a mail program shows what is inside whatever it thinks of the signature.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_CONSTRUCTED = 0x20
_OCTET_STRING = 0x04
_LONG_TAG = 0x1F
_INDEFINITE = 0x80
# signedData is a SEQUENCE of an OBJECT IDENTIFIER and more; 1.2.840.113549.1.7.2 in DER.
SIGNED_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
_COMPRESSED_DATA = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09"
_MAX_DEPTH = 40
# Of a mail as people send it there are some dozens.
_MAX_STRINGS = 10_000


@dataclass(frozen=True, slots=True)
class _Element:
    tag: int
    start: int
    end: int


def is_signed_data(data: bytes) -> bool:
    """Whether it may be CMS signed data, or compressed data."""
    return data[:1] == b"\x30" and (SIGNED_DATA in data[:64] or _COMPRESSED_DATA in data[:64])


def contents(data: bytes) -> Iterator[bytes]:
    """Yield the content of every octet string that could be what was signed, longest first.

    Certificates and signatures are octet strings, too: short ones, which do no harm. The pieces of
    a constructed string (BER) are put together.
    """
    strings = islice(_strings(data, 0, len(data), 0), _MAX_STRINGS)
    found = [text for text in strings if text]
    yield from sorted(dict.fromkeys(found), key=len, reverse=True)[:20]


def _strings(data: bytes, start: int, end: int, depth: int) -> Iterator[bytes]:
    if depth > _MAX_DEPTH:
        return
    for element in _elements(data, start, end):
        if element.tag & ~_CONSTRUCTED == _OCTET_STRING:
            if element.tag & _CONSTRUCTED:
                yield b"".join(_strings(data, element.start, element.end, depth + 1))
            else:
                yield data[element.start : element.end]
        elif element.tag & _CONSTRUCTED:
            yield from _strings(data, element.start, element.end, depth + 1)


def _elements(data: bytes, start: int, end: int) -> Iterator[_Element]:
    """Yield the elements that lie one behind the other; what is cut short ends where all ends.

    One of indefinite length is taken to reach to the end: its end-of-contents marks, and what
    stands behind them, are then met as elements inside it, which makes no difference here.
    """
    at = start
    while at + 2 <= end:
        tag = data[at]
        if tag & _LONG_TAG == _LONG_TAG:
            return
        first = data[at + 1]
        at += 2
        if first == _INDEFINITE:
            length = end - at
        elif first & 0x80:
            size = first & 0x7F
            if size > 8 or at + size > end:  # noqa: PLR2004  more than any message is long
                return
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        else:
            length = first
        yield _Element(tag, at, min(at + length, end))
        at += length
