"""BinHex 4.0 (RFC 1741), as an encoding and in the middle of a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clamgate.core.settings import KIB
from clamgate.message.mime.decoders.base64 import ALPHABET, letters
from clamgate.message.mime.limits import CutOffError
from clamgate.message.mime.octets import Octets, cut, pieces

_MARK = b"(This file must be converted with BinHex"
_ALPHABET = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_TO_BASE64 = bytes.maketrans(_ALPHABET, ALPHABET)
_JUNK = bytes(set(range(256)) - set(_ALPHABET))
_RUN = 0x90
_MAX_GROWTH = 8
# Name, version, type, creator, flags, the lengths of both forks, a checksum.
_MAX_BEGINNING = 1 + 63 + 21


def stands_in(text: Octets) -> bool:
    """Whether any file stands in it."""
    return text.find(b"must be converted with BinHex", 0, len(text)) >= 0


def decode_files(text: Octets) -> Iterator[tuple[bytes, str, Iterator[bytes]]]:
    """Yield the name of each file that stands in a text, how it was read, and its data fork."""
    at = 0
    while (at := text.find(_MARK, at, len(text))) >= 0:
        at += len(_MARK)
        if (data := _between_colons(text, at)) is not None:
            yield from _files(data)


def decode(body: Octets) -> Iterator[tuple[bytes, str, Iterator[bytes]]]:
    """Yield what an entity that is declared to be BinHex holds, with or without its mark."""
    data = _between_colons(body, 0)
    yield from _files(body if data is None else data)


def _between_colons(text: Octets, start: int) -> Octets | None:
    begin = text.find(b":", start, len(text))
    if begin < 0:
        return None
    end = text.find(b":", begin + 1, len(text))
    return cut(text, begin + 1, end if end >= 0 else len(text))


def _files(text: Octets) -> Iterator[tuple[bytes, str, Iterator[bytes]]]:
    beginning = b""
    for piece in expand(_bits(text)):
        beginning += piece
        if len(beginning) >= _MAX_BEGINNING + 256:
            break
    length = beginning[0] if beginning else 0
    name, rest = beginning[1 : 1 + length], beginning[1 + length :]
    size = int.from_bytes(rest[11:15], "big")
    yield name, "BinHex", _run(expand(_bits(text)), 1 + length + 21, size)
    yield name, "BinHex, all of it", expand(_bits(text))


def _bits(text: Octets) -> Iterator[bytes]:
    return letters(piece.translate(None, _JUNK).translate(_TO_BASE64) for piece in pieces(text))


def _run(chunks: Iterable[bytes], start: int, size: int) -> Iterator[bytes]:
    """Yield `size` bytes from `start` on."""
    for chunk in chunks:
        piece = chunk[start : start + size]
        start = max(0, start - len(chunk))
        size -= len(piece)
        yield piece
        if not size:
            return


def expand(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Undo the run-length encoding: 0x90 and a count repeat a byte; with a count of 0 it is itself.

    Raises:
        CutOffError: It unfolds to far more than anybody would send so.
    """
    packed = unpacked = 0
    left = last = b""
    for chunk in chunks:
        data = left + chunk
        out = bytearray(last)
        at = 0
        while (mark := data.find(_RUN, at)) >= 0 and mark + 1 < len(data):
            out += data[at:mark]
            count = data[mark + 1]
            if count == 0:
                out.append(_RUN)
            else:
                out += out[-1:] * (count - 1)
            at = mark + 2
        end = mark if mark >= 0 else len(data)
        out += data[at:end]
        left = data[end:]
        packed += len(chunk)
        unpacked += len(out) - len(last)
        if unpacked > _MAX_GROWTH * max(packed, 64 * KIB):
            raise CutOffError(f"BinHex that unfolds to over {_MAX_GROWTH} times its size")
        yield bytes(out[len(last) :])
        last = bytes(out[-1:])
    yield left
