"""S/MIME signed data (CMS, RFC 5652), opaque: the message that was signed, out of its wrapping.

No signature is looked at: a mail program shows what is inside whatever it thinks of the signature.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from clamgate.message.mime.limits import CutOffError
from clamgate.message.mime.octets import Octets, cut, pieces

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
_MAX_ELEMENTS = 200_000
_MAX_HEAD = 10
_String = tuple[tuple[int, int], ...]
"""Where the pieces of an octet string begin and end."""


@dataclass(frozen=True, slots=True)
class _Element:
    tag: int
    start: int
    end: int


def is_signed_data(data: Octets) -> bool:
    """Whether it may be CMS signed data, or compressed data."""
    first = data[:64]
    return first[:1] == b"\x30" and (SIGNED_DATA in first or _COMPRESSED_DATA in first)


def contents(data: Octets) -> Iterator[Iterator[bytes]]:
    """Yield the content of every octet string that could be what was signed, longest first.

    Certificates and signatures are octet strings, too: short ones, which do no harm. The pieces of
    a constructed string (BER) are put together.

    Raises:
        CutOffError: It is of more pieces than any program makes.
    """
    walk = _Walk(data)
    strings = islice(walk.strings(0, len(data), 0), _MAX_STRINGS)
    found = [string for string in strings if _size(string)]
    for string in sorted(found, key=_size, reverse=True)[:20]:
        yield chain.from_iterable(pieces(cut(data, *run)) for run in string)


class _Walk:
    """Looks at the elements of one piece of data, up to `_MAX_ELEMENTS`."""

    def __init__(self, data: Octets) -> None:
        self._data = data
        self._left = _MAX_ELEMENTS

    def strings(self, start: int, end: int, depth: int) -> Iterator[_String]:
        """Yield the octet strings between two places."""
        if depth > _MAX_DEPTH:
            return
        for element in self._elements(start, end):
            if element.tag & ~_CONSTRUCTED == _OCTET_STRING:
                if element.tag & _CONSTRUCTED:
                    parts = self.strings(element.start, element.end, depth + 1)
                    yield tuple(chain.from_iterable(parts))
                else:
                    yield ((element.start, element.end),)
            elif element.tag & _CONSTRUCTED:
                yield from self.strings(element.start, element.end, depth + 1)

    def _elements(self, start: int, end: int) -> Iterator[_Element]:
        """Yield the elements that lie one behind the other; what is cut short ends where all ends.

        One of indefinite length is taken to reach to the end: its end-of-contents marks, and what
        stands behind them, are then met as elements inside it, which makes no difference here.
        """
        at = start
        while at + 2 <= end:
            self._left -= 1
            if self._left < 0:
                raise CutOffError(f"S/MIME of more than {_MAX_ELEMENTS} pieces")
            head = self._data[at : min(at + _MAX_HEAD, end)]
            tag, first = head[0], head[1]
            if tag & _LONG_TAG == _LONG_TAG:
                return
            at += 2
            if first == _INDEFINITE:
                length = end - at
            elif first & 0x80:
                size = first & 0x7F
                if size > 8 or at + size > end:  # noqa: PLR2004  more than any message is long
                    return
                length = int.from_bytes(head[2 : 2 + size], "big")
                at += size
            else:
                length = first
            yield _Element(tag, at, min(at + length, end))
            at += length


def _size(string: _String) -> int:
    return sum(end - start for start, end in string)
