"""Base64 (RFC 2045, 6.8), as programs decode what is not quite it."""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64
from collections.abc import Iterator

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_JUNK = bytes(set(range(256)) - set(ALPHABET) - set(b"="))
_LINE_ENDS = b"\r\n"
_BEGINNING = 600
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
# Enough of it, and of nothing else, that a program may take it for base64 though nothing says so.
_LOOKS_SO = re.compile(rb"\s*[A-Za-z0-9+/]{40,}={0,2}\s")


def decode(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each way to decode it, in words, with what comes of it; the plain one comes first."""
    strictly = _strictly(data)
    if strictly is None:
        yield from _leniently(data)
    else:
        yield "base64", strictly


def is_strict(data: bytes) -> bool:
    """Whether all programs decode it alike, but for those that decode it line by line."""
    return _strictly(data) is not None


def looks_encoded(data: bytes) -> bool:
    """Whether a program might take it for base64 though nothing says so."""
    return _LOOKS_SO.match(data, 0, 400) is not None


def beginning(data: bytes) -> bytes:
    """Return the first bytes that clean base64 holds: 300 or all if they are fewer."""
    return _quanta(data[:_BEGINNING].translate(None, _LINE_ENDS + b"="))[:300]


def _strictly(data: bytes) -> bytes | None:
    try:
        return a2b_base64(data.translate(None, _LINE_ENDS), strict_mode=True)
    except BinasciiError:
        return None


def _leniently(data: bytes) -> Iterator[tuple[str, bytes]]:
    for name, text in _alphabets(data):
        clean = text.translate(None, _JUNK)
        first, padding, rest = clean.partition(b"=")
        if first:
            yield f"base64{name}", _quanta(first)
        if padding and rest.strip(b"="):
            yield f"base64{name} past its padding", b"".join(_quanta(q) for q in clean.split(b"="))
            yield f"base64{name} without its padding", _quanta(clean.replace(b"=", b""))
        if name == "":
            yield from _with_junk(text)


def _alphabets(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", data
    if b"-" in data or b"_" in data:
        yield " for URLs", data.translate(_URL_SAFE)


def _with_junk(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Decode it as those do who do not just pass over what is no base64."""
    lines = re.split(rb"[\r\n]+", data)
    good = [
        line.strip(b" \t")
        for line in lines
        if not line.strip(b" \t").translate(None, ALPHABET + b"=")
    ]
    if len(good) < len(lines):
        yield "base64, whole lines only", _quanta(b"".join(good).replace(b"=", b""))
    spaceless = data.translate(None, b"\r\n \t")
    valid = re.match(rb"[A-Za-z0-9+/]*", spaceless)
    if valid and valid.end() < len(spaceless):
        yield "base64 up to the first fault", _quanta(valid[0])
        rest = data[len(data.rstrip(ALPHABET + b"=\r\n \t")) :]
        if rest.strip():
            yield "base64 behind the last fault", _quanta(rest.translate(None, b"\r\n \t="))
    yield (
        "base64 line by line",
        b"".join(_quanta(line.translate(None, _JUNK + b"=")) for line in lines),
    )


def _quanta(text: bytes) -> bytes:
    """Decode letters of the alphabet only, as many as are whole bytes."""
    left = len(text) % 4
    if left == 1:
        text = text[:-1]
    return a2b_base64(text + b"=" * (-len(text) % 4))
