"""The header of a message or of a part, if all programs read it alike.

It is read in one pass, where it stands. That its lines end in CRLF, and CR and LF stand nowhere
else, is for the caller to see (`plain.has_plain_lines`), who looks at the body's lines meanwhile.
"""

from __future__ import annotations

import re

from clamgate.core.settings import KIB
from clamgate.message.mime.octets import Octets

Value = tuple[bytes, dict[bytes, bytes]]
"""A field's first word, in small letters, and its parameters."""
Fields = dict[bytes, Value]
"""Those that say what the body is, by name, in small letters, without their common beginning."""

_MAX_HEADER = 256 * KIB
_USUAL_HEADER = 16 * KIB
# Bytes behind the empty line that are looked at; where all are blank, it goes on as far as anybody
# knows.
_AHEAD = 200
_EMPTY = len(b"\r\n")

_NAMES = rb"type|transfer-encoding|disposition"
_NAME = rb"[!-9;-~]++"
_FOLDS = rb"(?:[ \t]++[^ \t\r\n].*+\n)*+"
_BLANKS = rb"[ \t]*+(?:\r\n[ \t]++(?![ \t\r\n]))*+"
_TOKEN = rb"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]++"
_QUOTED = rb"\"[^\"\\\r\n]*+\""
_CONTENT = rb"[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-"
# Fields that say nothing of the body, and the empty line, unless a program may see the header go
# on behind it.
_OTHERS = re.compile(
    rb"(?:(?!%b)%b:.*+\n%b)*+(\r\n(?!\s*+%b|\s{%d}))?+"
    % (_CONTENT, _NAME, _FOLDS, _CONTENT, _AHEAD)
)
_ANY = re.compile(rb"(?i:content-)(?:((?i:%b))|[!-9;-~]*+):.*+\n%b" % (_NAMES, _FOLDS))
_FOLD = re.compile(rb"\r\n[ \t]+")
# Not the pieces of a boundary that RFC 2231 has, which some programs put together.
_PARAMETER = rb";%b((?!(?i:boundary)\*)%b)=(%b|%b)" % (_BLANKS, _TOKEN, _TOKEN, _QUOTED)
_PARAMETERS = re.compile(_PARAMETER)
_WORD = rb"%b(?:/%b)?+" % (_TOKEN, _TOKEN)
_OF_BODY = re.compile(
    rb"(?i:content-(%b)):%b(%b)((?:%b%b)*+)%b;?+%b\r\n(?![ \t])"
    % (_NAMES, _BLANKS, _WORD, _BLANKS, _PARAMETER, _BLANKS, _BLANKS)
)


def read(message: Octets, start: int, end: int, *, is_message: bool) -> tuple[Fields, int] | None:
    """Return the fields about the body and where it begins, None if programs may differ on that.

    There must be at least one field of any kind.

    Args:
        message: What the header stands in.
        start: Where it begins.
        end: Where it ends at the latest.
        is_message: Whether it may be all there is: an MTA sends no empty line behind it then.

    Raises:
        OSError: It cannot be read.
    """
    text, base = (message, 0) if isinstance(message, bytes) else _window(message, start, end)
    first = at = start - base
    stop = min(start + _MAX_HEADER + _AHEAD, end) - base
    fields: Fields = {}
    while True:
        others = _OTHERS.match(text, at, stop)
        if others is None:
            return None
        at = others.end()
        if others.lastindex or (is_message and at + base == end):
            return (fields, at + base) if _EMPTY < at - first <= _MAX_HEADER else None
        found = _OF_BODY.match(text, at, stop)
        if found is None:
            any_field = _ANY.match(text, at, stop)
            if any_field is None:
                return None
            at = any_field.end()
            if not any_field[1]:
                continue
            # All programs take a fold in what is quoted for a blank.
            found = _OF_BODY.fullmatch(_FOLD.sub(b" ", any_field[0]))
            if found is None:
                return None
        else:
            at = found.end()
        name, word, rest = found.group(1, 2, 3)
        name = name.lower()
        parameters = _parameters(rest) if rest else {}
        if parameters is None or name in fields:
            return None
        fields[name] = word.lower(), parameters


def _parameters(text: bytes) -> dict[bytes, bytes] | None:
    """Return them by their names in small letters, None if one is there twice."""
    found = _PARAMETERS.findall(text)
    parameters = {name.lower(): value.strip(b'"') for name, value in found}
    return parameters if len(parameters) == len(found) else None


def _window(message: Octets, start: int, end: int) -> tuple[bytes, int]:
    """Return bytes in which a header stands, and where they begin in the message."""
    usual = message[start : min(start + _USUAL_HEADER, end)]
    if 0 <= usual.find(b"\r\n\r\n") < len(usual) - len(b"\r\n\r\n") - _AHEAD:
        return usual, start
    return message[start : min(start + _MAX_HEADER + _AHEAD, end)], start
