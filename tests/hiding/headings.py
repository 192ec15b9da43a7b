"""Ways to write the header of an entity that not every program reads alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.hiding.model import CRLF, TYPE, Encoded, Form, Heading


def plain(entity: Encoded) -> bytes:
    """Fields, an empty line, the body."""
    return _joined(entity.fields, entity.body)


def _joined(fields: Iterable[bytes], body: bytes, end: bytes = CRLF, empty: bytes = b"") -> bytes:
    return b"".join(field + end for field in fields) + (empty or end) + body


def _each(change: Callable[[bytes], bytes]) -> Heading:
    """Change each field of the header."""
    return lambda entity: _joined(map(change, entity.fields), entity.body)


def _first(*lines: bytes) -> Heading:
    """Put lines before the fields."""
    return lambda entity: _joined((*lines, *entity.fields), entity.body)


def _between(line: bytes) -> Heading:
    """Put a line before the last field."""
    return lambda entity: _joined((*entity.fields[:-1], line, entity.fields[-1]), entity.body)


def _ended(empty: bytes) -> Heading:
    """Write something else where the empty line should be."""
    return lambda entity: b"".join(field + CRLF for field in entity.fields) + empty + entity.body


def _line_ends(end: bytes) -> Heading:
    return lambda entity: _joined(entity.fields, entity.body, end)


def _typed(*fields: bytes) -> Heading:
    """Say something else of the type."""

    def build(entity: Encoded) -> bytes:
        others = tuple(one for one in entity.fields if not one.startswith(b"Content-Type"))
        return _joined((*fields, *others), entity.body)

    return build


def _named(field: bytes, change: Callable[[bytes], bytes]) -> bytes:
    name, colon, value = field.partition(b":")
    return change(name) + colon + value


_NAMES = "field names that are odd"
_LINES = "lines that no header has"
_ENDS = "a header that ends elsewhere"
_TYPES = "Content-Type that lies or is odd"

HEADINGS: tuple[Form[Heading], ...] = (
    Form(_NAMES, "capitals", _each(lambda one: _named(one, bytes.upper))),
    Form(_NAMES, "a blank before the colon", _each(lambda one: one.replace(b":", b" :", 1))),
    Form(_NAMES, "a tab before the colon", _each(lambda one: one.replace(b":", b"\t:", 1))),
    Form(_NAMES, "no blank behind the colon", _each(lambda one: one.replace(b": ", b":", 1))),
    Form(_NAMES, "a fold behind the colon", _each(lambda one: one.replace(b": ", b":\r\n ", 1))),
    Form(_NAMES, "a fold of blanks", _each(lambda one: one.replace(b": ", b":\r\n \t\r\n  ", 1))),
    Form(_NAMES, "a NUL in the name", _each(lambda one: one.replace(b"t-T", b"t-\0T", 1))),
    Form(_NAMES, "a NUL before the colon", _each(lambda one: one.replace(b":", b"\0:", 1))),
    Form(_NAMES, "a NUL behind the colon", _each(lambda one: one.replace(b": ", b": \0", 1))),
    Form(_LINES, "a line without a colon first", _first(b"no field at all")),
    Form(_LINES, "a line without a colon between", _between(b"no field at all")),
    Form(_LINES, "a folded line first", _first(b" as if something came before")),
    Form(_LINES, "a line of one colon", _between(b":")),
    Form(_LINES, "8-bit in a field", _between(b"X-\xe4\xf6: \xfc")),
    Form(_LINES, "a NUL in a field", _between(b"X-Nul: a\0b")),
    Form(_LINES, "a bare CR in a field", _between(b"X-Cr: a\rb")),
    Form(_LINES, "a bare LF in a field", _between(b"X-Lf: a\nb")),
    Form(_LINES, "a field of 70000 bytes", _between(b"X-Long: " + b"x" * 70_000)),
    Form(_LINES, "1000 fields", _first(*(b"X-%d: y" % number for number in range(1000)))),
    Form(_LINES, "a mailbox's From first", _first(b"From sender@example.test Wed Nov 25 2026")),
    Form(_LINES, "all lines end in LF", _line_ends(b"\n")),
    Form(_LINES, "all lines end in CR", _line_ends(b"\r")),
    Form(_ENDS, "an empty line first", _first(b"")),
    Form(_ENDS, "two empty lines first", _first(b"", b"")),
    Form(_ENDS, "an empty line between", _between(b"")),
    Form(_ENDS, "a line of a blank between", _between(b" ")),
    Form(_ENDS, "a line of blanks at its end", _ended(b" \t\r\n")),
    Form(_ENDS, "a bare LF at its end", _ended(b"\n")),
    Form(_ENDS, "a line without a colon at its end", _ended(b"no field at all\r\n\r\n")),
    Form(_ENDS, "nothing at its end", _ended(b"")),
    Form(_TYPES, "none", _typed()),
    Form(_TYPES, "empty", _typed(b"Content-Type:")),
    Form(_TYPES, "garbage", _typed(b"Content-Type: !!! ???")),
    Form(_TYPES, "no subtype", _typed(b"Content-Type: application")),
    Form(_TYPES, "a picture", _typed(b"Content-Type: image/png; name=a.png")),
    Form(_TYPES, "a text", _typed(b"Content-Type: text/plain; charset=utf-8")),
    Form(_TYPES, "an unknown one", _typed(b"Content-Type: x-odd/x-ball")),
    Form(_TYPES, "multipart, without parts", _typed(b"Content-Type: multipart/mixed")),
    Form(_TYPES, "a message that is none", _typed(b"Content-Type: message/rfc822")),
    Form(_TYPES, "message/partial", _typed(b"Content-Type: message/partial; id=a; number=1")),
    Form(_TYPES, "a text, then a file", _typed(b"Content-Type: text/html", TYPE)),
    Form(_TYPES, "a file, then a message", _typed(TYPE, b"Content-Type: message/rfc822")),
)
