"""Base64 (RFC 2045, 6.8), as programs decode what is not quite it."""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import starmap

from clamgate.message.mime.octets import Octets, lines, pieces, windows

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_LETTERS = re.compile(rb"[A-Za-z0-9+/]*")
_PADDING = re.compile(rb"=+")
_JUNK = bytes(set(range(256)) - set(ALPHABET) - set(b"="))
_LINE_ENDS = b"\r\n"
_BLANKS = b"\r\n \t"
_BEGINNING = 600
_SAME = bytes(range(256))
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
LOOKS_SO = re.compile(rb"\s*[A-Za-z0-9+/]{40,}={0,2}\s")
"""Enough of it, and of nothing else, that a program may take it for base64 though nothing says so.
"""


def stream(data: Octets) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield each way to decode it, in words, with what comes of it; the plain one comes first."""
    if is_strict(data):
        yield "base64", letters(piece.translate(None, b"\r\n=") for piece in pieces(data))
    else:
        yield from _leniently(data)


def decode(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Do the same with what is in memory anyway."""
    return starmap(_whole, stream(data))


def is_strict(data: Octets) -> bool:
    """Whether all programs decode it alike, but for those that decode it line by line."""
    left = b""
    ended = False
    for piece in pieces(data):
        text = left + piece.translate(None, _LINE_ENDS)
        end = len(text) - len(text) % 4
        left = text[end:]
        if ended and text:
            return False
        ended = ended or text[:end].endswith(b"=")
        try:
            a2b_base64(text[:end], strict_mode=True)
        except BinasciiError:
            return False
    return not left


def looks_encoded(data: Octets) -> bool:
    """Whether a program might take it for base64 though nothing says so."""
    return LOOKS_SO.match(data[:400]) is not None


def beginning(data: bytes) -> bytes:
    """Return the first bytes that clean base64 holds: 300 or all if they are fewer."""
    return _quanta(data[:_BEGINNING].translate(None, _LINE_ENDS + b"="))[:300]


def letters(texts: Iterable[bytes]) -> Iterator[bytes]:
    """Decode pieces of letters of the alphabet only, as many as are whole bytes in all."""
    left = b""
    for piece in texts:
        text = left + piece
        end = len(text) - len(text) % 4
        yield a2b_base64(text[:end])
        left = text[end:]
    yield _quanta(left)


def _leniently(data: Octets) -> Iterator[tuple[str, Iterator[bytes]]]:
    for name, table in _alphabets(data):
        clean = partial(_clean, data, table)
        has_first, has_rest = _padded(clean())
        if has_first:
            yield f"base64{name}", letters(_to_padding(clean()))
        if has_rest:
            yield f"base64{name} past its padding", _past_padding(clean())
            unpadded = (piece.replace(b"=", b"") for piece in clean())
            yield f"base64{name} without its padding", letters(unpadded)
        if name == "":
            yield from _with_junk(data)


def _alphabets(data: Octets) -> Iterator[tuple[str, bytes]]:
    yield "", _SAME
    if data.find(b"-", 0, len(data)) >= 0 or data.find(b"_", 0, len(data)) >= 0:
        yield " for URLs", _URL_SAFE


def _clean(data: Octets, table: bytes) -> Iterator[bytes]:
    for piece in pieces(data):
        yield piece.translate(table).translate(None, _JUNK)


def _padded(texts: Iterable[bytes]) -> tuple[bool, bool]:
    """Whether there are letters before the first padding, and any behind it."""
    first = padded = False
    for text in texts:
        before, padding, behind = text.partition(b"=") if not padded else (b"", b"=", text)
        first = first or bool(before)
        padded = padded or bool(padding)
        if padded and behind.strip(b"="):
            return first, True
    return first, False


def _to_padding(texts: Iterable[bytes]) -> Iterator[bytes]:
    for text in texts:
        before, padding, _ = text.partition(b"=")
        yield before
        if padding:
            return


def _past_padding(texts: Iterable[bytes]) -> Iterator[bytes]:
    """Decode each run of letters by itself."""
    left = b""
    for piece in texts:
        *runs, last = _PADDING.split(left + piece)
        yield b"".join(map(_quanta, runs))
        end = len(last) - len(last) % 4
        yield a2b_base64(last[:end])
        left = last[end:]
    yield _quanta(left)


def _with_junk(data: Octets) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Decode it as those do who do not just pass over what is no base64."""
    if not all(map(_is_good, lines(data))):
        good = (line.translate(None, b" \t=") for line in lines(data) if _is_good(line))
        yield "base64, whole lines only", letters(good)
    if fault := _last_fault(data):
        yield "base64 up to the first fault", letters(_to_fault(data))
        rest = (text.translate(None, b"\r\n \t=") for _, text in windows(data, fault, len(data)))
        yield "base64 behind the last fault", letters(rest)
    elif data.find(b"=", 0, len(data)) >= 0:
        yield "base64 up to the first fault", letters(_to_fault(data))
    by_line = (_quanta(line.translate(None, _JUNK + b"=")) for line in lines(data))
    yield "base64 line by line", by_line


def _is_good(line: bytes) -> bool:
    return not line.strip(b" \t").translate(None, ALPHABET + b"=")


def _to_fault(data: Octets) -> Iterator[bytes]:
    for piece in pieces(data):
        text = piece.translate(None, _BLANKS)
        match = _LETTERS.match(text)
        end = match.end() if match else 0
        yield text[:end]
        if end < len(text):
            return


def _last_fault(data: Octets) -> int:
    """Return what stands behind the last byte that is neither base64 nor blank, 0 if none is."""
    last = 0
    for at, piece in windows(data, 0, len(data)):
        if piece.translate(None, ALPHABET + b"=" + _BLANKS):
            last = at + len(piece.rstrip(ALPHABET + b"=" + _BLANKS))
    return last


def _quanta(text: bytes) -> bytes:
    """Decode letters of the alphabet only, as many as are whole bytes."""
    left = len(text) % 4
    if left == 1:
        text = text[:-1]
    return a2b_base64(text + b"=" * (-len(text) % 4))


def _whole(reading: str, chunks: Iterator[bytes]) -> tuple[str, bytes]:
    return reading, b"".join(chunks)
