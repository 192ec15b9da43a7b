"""Where the parts of a multipart body begin and end, in all the ways that programs see that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from clamgate.message.mime.octets import WINDOW, Octets, matches, windows

# RFC 2046 allows 70; programs that take more are not known to take more than a line.
_MAX_BOUNDARY = 998
_MAX_DELIMITERS = 20_000
_MAX_GUESSED = 200
_MAX_LINE = WINDOW
_LOOK = 1024
_MAY_DELIMIT = re.compile(
    rb"(?<![^\r\n])--([^\r\n]++)\r?\n(?=[ \t\r\n]{0,8}content-)", re.IGNORECASE
)
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a multipart body.

    Attributes:
        start: Of its first byte, in the body.
        end: Past its last one.
        is_part: False for what stands before the first part or behind the last one.
    """

    start: int
    end: int
    is_part: bool = True


@dataclass(frozen=True, slots=True)
class _Delimiter:
    start: int
    end: int
    exact: bool
    closes: bool


def usable(boundary: bytes) -> bool:
    """Whether a program could split anything at this; an empty one makes ``--`` the delimiter."""
    return len(boundary) <= _MAX_BOUNDARY and b"\n" not in boundary and b"\r" not in boundary


def split(body: Octets, boundary: bytes) -> list[Piece]:
    """Return the pieces into which any program would cut a body, without repeats.

    Strictly, a delimiter is a line of ``--``, the boundary, blanks, and the first one that ends in
    ``--`` is the last. There are programs that take any line that begins so, that go on after the
    last one, and that find it in the middle of a line.
    """
    found = _delimiters(body, boundary)
    if not found:
        return []
    exact = [one for one in found if one.exact]
    closing = next((n for n, one in enumerate(exact) if one.closes), len(exact))
    pieces: dict[Piece, None] = {}
    for delimiters in (exact[: closing + 1], exact, found):
        for piece in _between(body, delimiters):
            pieces.setdefault(piece)
    if exact:
        last = exact[min(closing, len(exact) - 1)]
        pieces.setdefault(Piece(0, exact[0].start, is_part=False))
        pieces.setdefault(Piece(last.end, len(body), is_part=not last.closes))
    return [piece for piece in pieces if piece.end > piece.start]


def by_the_rfc(body: Octets, boundary: bytes) -> list[Piece]:
    """Return the parts between lines that are delimiters and nothing else, up to the last one."""
    exact = [one for one in _delimiters(body, boundary) if one.exact]
    closing = next((n for n, one in enumerate(exact) if one.closes), len(exact))
    ends = [one.start for one in exact[1 : closing + 1]] + [len(body)]
    parts = zip(exact[:closing], ends, strict=False)
    return [Piece(one.end, max(end, one.end)) for one, end in parts]


def guesses(body: Octets, most: int = 10) -> list[bytes]:
    """Return what may be the boundary of a body whose header names none that stands in it.

    Programs take the first line that begins with ``--`` and is followed by a field.
    """
    if body.find(b"\n--", 0, len(body)) < 0 and body[:2] != b"--":
        return []
    names: dict[bytes, None] = {}
    for _, match in matches(_MAY_DELIMIT, body):
        name = match[1].rstrip(b" \t")
        if name and len(name) <= _MAX_GUESSED:
            names.setdefault(name)
        if len(names) == most:
            break
    return list(names)


def _delimiters(body: Octets, boundary: bytes) -> list[_Delimiter]:
    mark = b"--" + boundary
    found: list[_Delimiter] = []
    at = 0
    while len(found) < _MAX_DELIMITERS and (place := body.find(mark, at, len(body))) >= 0:
        before = body[max(at, place - 2) : place]
        ahead = 2 if before == b"\r\n" else 1 if before[-1:] in {b"\r", b"\n"} else 0
        starts_line = place == 0 or body[place - 1 : place] in {b"\r", b"\n"}
        behind = place + len(mark)
        line_end, end = _end_of_line(body, behind)
        rest = body[behind : min(line_end, behind + _MAX_LINE)]
        closes = rest.startswith(b"--")
        exact = starts_line and not rest[2 if closes else 0 :].strip(b" \t")
        # The line end belongs to the next delimiter, too, if one follows at once.
        found.append(_Delimiter(place - ahead, end, exact, closes))
        at = max(line_end, place - ahead + 1)
    return found


def _end_of_line(body: Octets, start: int) -> tuple[int, int]:
    """Return where a line ends, and where the next one begins."""
    for at, text in windows(body, start, len(body), _LOOK):
        if match := _LINE_END.search(text):
            end = at + match.end()
            is_half = match[0] == b"\r" and body[end : end + 1] == b"\n"
            return at + match.start(), end + is_half
    return len(body), len(body)


def _between(body: Octets, delimiters: list[_Delimiter]) -> Iterator[Piece]:
    for number, one in enumerate(delimiters):
        end = delimiters[number + 1].start if number + 1 < len(delimiters) else len(body)
        yield Piece(one.end, max(end, one.end))


def is_closed(body: Octets, boundary: bytes) -> bool:
    """Whether the last delimiter of this boundary stands in it."""
    return body.find(b"--" + boundary + b"--", 0, len(body)) >= 0
