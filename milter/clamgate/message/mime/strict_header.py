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

# Only single letters are repeated possessively. Of groups, Python before 3.11.5 forgets what was
# captured in them (its issue 101955), and how far the last whole one reached (106052).
_NAMES = rb"type|transfer-encoding|disposition"
_NAME = rb"[!-9;-~]++"
_FOLDS = rb"(?:[ \t]++[^ \t\r\n].*+\n)*"
_BLANKS = rb"[ \t]*+(?:\r\n[ \t]++(?![ \t\r\n]))*"
_TOKEN = rb"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]++"
_QUOTED = rb"\"[^\"\\\r\n]*+\""
_CONTENT = rb"[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-"
_ANY = re.compile(rb"(?i:content-)(?:((?i:%b))|[!-9;-~]*+):.*+\n%b" % (_NAMES, _FOLDS))
_FOLD = re.compile(rb"\r\n[ \t]+")
# Not the pieces of a boundary that RFC 2231 has, which some programs put together.
_ATTRIBUTE = rb"(?!(?i:boundary)\*)%b" % _TOKEN
_PARAMETER = rb";%b%b=(?:%b|%b)" % (_BLANKS, _ATTRIBUTE, _TOKEN, _QUOTED)
_PARAMETERS = re.compile(rb";%b(%b)=(%b|%b)" % (_BLANKS, _ATTRIBUTE, _TOKEN, _QUOTED))
_WORD = rb"%b(?:/%b)?" % (_TOKEN, _TOKEN)
_OTHERS = rb"(?:(?!%b)%b:.*+\n%b)*" % (_CONTENT, _NAME, _FOLDS)
_OF_BODY = rb"(?i:content-(%b)):%b(%b)((?:%b%b)*)%b;?+%b\r\n(?![ \t])" % (
    *(_NAMES, _BLANKS, _WORD, _BLANKS, _PARAMETER, _BLANKS, _BLANKS),
)
# The empty line, unless a program may see the header go on behind it.
_END = rb"(\r\n(?!\s*+%b|\s{%d}))" % (_CONTENT, _AHEAD)
# Fields that say nothing of the body, one that does, and perhaps the end.
_FIELDS = re.compile(rb"%b(?:%b)?%b?" % (_OTHERS, _OF_BODY, _END))
_EMPTY_LINE = _FIELDS.groups
_FIELD = re.compile(_OF_BODY)


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
    if isinstance(message, bytes):
        text, at, base, stop = message, start, 0, end
    else:
        text, at, base, stop = _window(message, start, end), 0, start, end - start
    fields: Fields = {}
    while True:
        found = _FIELDS.match(text, at, stop)
        if found is None:
            return None
        at = found.end()
        name, empty_line = found.group(1, _EMPTY_LINE)
        if name and not _add(fields, found):
            return None
        if empty_line or (is_message and at == stop):
            body = base + at
            return (fields, body) if _EMPTY < body - start <= _MAX_HEADER else None
        if name:
            continue
        odd = _ANY.match(text, at, stop)
        if odd is None:
            return None
        at = odd.end()
        if odd[1]:
            # All programs take a fold in what is quoted for a blank.
            found = _FIELD.fullmatch(_FOLD.sub(b" ", odd[0]))
            if found is None or not _add(fields, found):
                return None


def _add(fields: Fields, found: re.Match[bytes]) -> bool:
    """Take a field, unless there was one of its name, or it has a parameter twice."""
    name, word, rest = found.group(1, 2, 3)
    name = name.lower()
    parameters = _parameters(rest) if rest else {}
    if parameters is None or name in fields:
        return False
    fields[name] = word.lower(), parameters
    return True


def _parameters(text: bytes) -> dict[bytes, bytes] | None:
    """Return them by their names in small letters, None if one is there twice."""
    found = _PARAMETERS.findall(text)
    parameters = {name.lower(): value.strip(b'"') for name, value in found}
    return parameters if len(parameters) == len(found) else None


def _window(message: Octets, start: int, end: int) -> bytes:
    """Return a header, as far as it may reach, and what is looked at behind it."""
    usual = message[start : min(start + _USUAL_HEADER, end)]
    if 0 <= usual.find(b"\r\n\r\n") < len(usual) - len(b"\r\n\r\n") - _AHEAD:
        return usual
    return message[start : min(start + _MAX_HEADER + _AHEAD, end)]
