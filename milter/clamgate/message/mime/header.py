"""Where a header ends and what its fields are: all the ways in which programs see that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from clamgate.message.mime.octets import WINDOW, Octets

LOOKS_LIKE_MAIL = re.compile(
    rb"\s{0,8}(?i:(?:From [^\r\n]+\r?\n)?"
    rb"(?:From|To|Date|Subject|Received|Return-Path|Message-ID|MIME-Version"
    rb"|Content-Type|Content-Transfer-Encoding|Content-Disposition))[ \t]*:"
)
"""How something begins that a program may open as a message."""

Fields = tuple[tuple[bytes, bytes], ...]
"""Names in small letters, and values unfolded but for their line ends."""

_FIELD_AHEAD = re.compile(rb"[\r\n]*[!-9;-~]+[ \t]*:")
_MIME_FIELD_AHEAD = re.compile(rb"[\r\n]*content-", re.IGNORECASE)
_LINE_ENDS = re.compile(rb"\r\n|\n")
_ANY_LINE_ENDS = re.compile(rb"\r\n|\n|\r")
_MAX_NAME = 200
_MAX_FROM_LINE = 4096
# No program reads a header for ever; Exchange stops at 256 KiB.
_MAX_HEADER = 1 << 20


@dataclass(frozen=True, slots=True)
class Header:
    """One reading of where an entity's header ends.

    Attributes:
        fields: Its fields about content (``Content-...``), in order.
        body: Where the body begins, in bytes from the entity's first.
    """

    fields: Fields
    body: int

    def values(self, name: bytes) -> list[bytes]:
        """Return the values of all fields of this name (in small letters), without their blanks."""
        return [value.strip() for key, value in self.fields if key == name]


def looks_like_mail(data: Octets) -> bool:
    """Whether something begins as a message does, so that a program may open it as one."""
    return LOOKS_LIKE_MAIL.match(data[:_MAX_FROM_LINE]) is not None


def readings(entity: Octets) -> list[Header]:
    """Return every way to cut an entity into header and body, without repeats.

    Programs differ in what ends a header: the empty line of RFC 5322, a line of blanks, a line that
    is no field; in whether empty lines may come before it; and in what ends a line.
    """
    for size in (WINDOW, _MAX_HEADER):
        head = entity[:size]
        found = list(
            dict.fromkeys(
                _read(head, pattern, rule) for pattern in _line_patterns(head) for rule in _RULES
            )
        )
        if len(head) < size or all(one.body + _MAX_NAME < size for one in found):
            break
    return found


def end_by_the_rfc(entity: bytes) -> int:
    """Return where the header ends for one who takes what is no field for the body's first line."""
    return _read(entity, _LINE_ENDS, _Rule(other_ends=True)).body


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a program makes of lines that no header should have."""

    blanks_end: bool = False
    other_ends: bool = False
    skips_empty_first: bool = False
    goes_on: bool = False


_RULES = (
    _Rule(),
    _Rule(blanks_end=True),
    _Rule(other_ends=True),
    _Rule(blanks_end=True, other_ends=True),
    _Rule(skips_empty_first=True),
    _Rule(goes_on=True),
)


def _line_patterns(entity: bytes) -> Iterator[re.Pattern[bytes]]:
    yield _LINE_ENDS
    if entity.count(b"\r") > entity.count(b"\r\n"):
        yield _ANY_LINE_ENDS


def _read(entity: bytes, line_ends: re.Pattern[bytes], rule: _Rule) -> Header:
    found = _Fields()
    at = 0
    empty_may_pass = rule.skips_empty_first
    for line, after in _lines(entity, line_ends):
        if not line or (rule.blanks_end and not line.strip(b" \t\0\r")):
            passes = (empty_may_pass and _FIELD_AHEAD.match(entity, after)) or (
                rule.goes_on and _MIME_FIELD_AHEAD.match(entity, after)
            )
            if not passes:
                return Header(found.all(), after)
        elif line[:1] in b" \t" and found:
            found.go_on(line)
        elif field := _field(line):
            found.add(*field)
            empty_may_pass = False
        elif rule.other_ends:
            return Header(found.all(), at)
        at = after
    return Header(found.all(), at)


class _Fields:
    """The fields about content, as they come, line by line; of others, that there are any."""

    def __init__(self) -> None:
        self._fields: list[tuple[bytes, list[bytes]]] = []
        self._has_any = False
        self._is_kept = False

    def __bool__(self) -> bool:
        return self._has_any

    def add(self, name: bytes, value: bytes) -> None:
        self._has_any = True
        self._is_kept = name.startswith(b"content-")
        if self._is_kept:
            self._fields.append((name, [value]))

    def go_on(self, line: bytes) -> None:
        if self._is_kept:
            self._fields[-1][1].append(line)

    def all(self) -> Fields:
        return tuple((name, b"\n".join(lines)) for name, lines in self._fields)


def _field(line: bytes) -> tuple[bytes, bytes] | None:
    """Return what a lenient program takes for a field: 8-bit, NULs, blanks round the name and all.

    None if there is nothing before a colon.
    """
    raw, colon, value = line.partition(b":")
    name = raw.replace(b"\0", b"").strip().lower()
    return (name, value) if name and colon and len(name) <= _MAX_NAME else None


def _lines(entity: bytes, line_ends: re.Pattern[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield each line of the header's utmost extent, and where the next one begins."""
    start = 0
    end = min(len(entity), _MAX_HEADER)
    for match in line_ends.finditer(entity, 0, end):
        yield entity[start : match.start()], match.end()
        start = match.end()
    if start < end:
        yield entity[start:end], end
