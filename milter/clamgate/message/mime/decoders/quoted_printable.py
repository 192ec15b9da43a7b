"""Quoted-printable (RFC 2045, 6.7), as programs decode what is not quite it."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ESCAPE = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*(?:\r\n|\n|\r|\Z))")
_BAD_ESCAPE = re.compile(rb"=(?![0-9A-F]{2}|\r\n)")
# clamd 1.4 loses what follows a NUL in a line, and line ends that are escaped.
_CONTROL = re.compile(rb"=(?:0[0-8A-F]|1)")
_TRAILING_BLANKS = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")


def is_strict(data: bytes) -> bool:
    """Whether all programs decode it alike."""
    return (
        not _BAD_ESCAPE.search(data)
        and not _CONTROL.search(data)
        and b" \r\n" not in data
        and b"\t\r\n" not in data
        and not data.endswith((b" ", b"\t"))
    )


def decode(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each way to decode it, in words, with what comes of it; the plain one comes first."""
    yield "quoted-printable", _decoded(data)
    if is_strict(data):
        return
    yield "quoted-printable without trailing blanks", _decoded(_TRAILING_BLANKS.sub(b"", data))
    yield (
        "quoted-printable without bad escapes",
        _decoded(re.sub(rb"=(?![0-9A-Fa-f]{2}|[ \t]*[\r\n])", b"", data)),
    )
    yield "quoted-printable, capitals only", re.sub(rb"=([0-9A-F]{2})|=\r?\n", _unescaped, data)


def _decoded(data: bytes) -> bytes:
    return _ESCAPE.sub(_unescaped, data)


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode("ascii")) if match[1] else b""
