"""The text of a conf, taken apart into names and values.

The grammar is that of the C clamav-milter's own parser (seen in ClamAV 1.4): one ``Name value`` a
line; blanks around both do not count; a line that begins with ``#`` is a comment; a value in
double quotes ends at the *last* quote of its line, and there is no way to escape one. It differs
in that it takes a byte order mark and the line ends of Windows for what they are, and in that it
goes on after a mistake, to report the next.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from clamgate.config.problems import Findings, Place

_BLANKS = " \t"
_LOOKS_LIKE_A_COMMENT = re.compile(r"[ \t]#+([ \t]|$)")


@dataclass(frozen=True, slots=True)
class Item:
    """One setting as it is written: quotes taken off, nothing checked. Neither part is empty."""

    name: str
    value: str
    place: Place


# What has several words, of which the first may stand in quotes: its parser sees them.
_OF_WORDS = frozenset({"OnAttachment"})


def lex(data: bytes, path: str, findings: Findings) -> list[Item]:
    """Return the settings in a conf, in order; what is wrong with it goes to `findings`.

    Args:
        data: The whole file.
        path: Its name, for `findings`.
        findings: Told of every line that is no setting, and of what is odd in one that is.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        findings.error(Place(path), "is UTF-16 text: save it as UTF-8")
        return []
    lines = data.removeprefix(codecs.BOM_UTF8).split(b"\n")
    items = (
        _item(line.strip(b" \t\r"), Place(path, number), findings)
        for number, line in enumerate(lines, start=1)
    )
    return [item for item in items if item is not None]


def trailing_comment(value: str) -> str:
    """Return what looks like a comment at the end of a value, empty if nothing does."""
    found = _LOOKS_LIKE_A_COMMENT.search(value)
    return value[found.start() + 1 :] if found else ""


def _item(line: bytes, place: Place, findings: Findings) -> Item | None:
    if not line or line.startswith(b"#"):
        return None
    if line.startswith(b"Example"):
        findings.error(
            place, "this is still the example conf: edit it to your needs, then remove this line"
        )
        return None
    try:
        text = _text(line)
    except ValueError as error:
        findings.error(place, str(error))
        return None
    if len(text) == 1:
        findings.warn(place, f'a line of one character ("{text}") is ignored')
        return None
    name, value = _split(text)
    if not value:
        findings.error(place, f"{name} has no value: write `{name} VALUE`")
        return None
    if value.startswith('"') and name not in _OF_WORDS:
        value = _unquoted(name, value, place, findings)
    elif comment := trailing_comment(value):
        findings.warn(
            place,
            f'"{comment}" is taken as part of the value of {name}: a comment must have a line of'
            " its own",
        )
    return Item(name, value, place) if value else None


def _text(line: bytes) -> str:
    """Decode a line.

    Raises:
        ValueError: It is not plain text.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"byte 0x{line[error.start]:02x} is not UTF-8: save the file as UTF-8"
        ) from None
    for character in text:
        if not character.isprintable() and character not in _BLANKS:
            raise ValueError(
                f"holds the unprintable character U+{ord(character):04X}: remove it, or type a"
                " plain space in its place"
            )
    return text


def _split(text: str) -> tuple[str, str]:
    end = next((i for i, character in enumerate(text) if character in _BLANKS), len(text))
    return text[:end], text[end:].lstrip(_BLANKS)


def _unquoted(name: str, value: str, place: Place, findings: Findings) -> str:
    """Return what stands between the quotes, empty if that is an error."""
    inner, quote, rest = value[1:].rpartition('"')
    if not quote:
        findings.error(place, f'the value of {name} begins with a double quote: close it with a "')
        return ""
    if not inner:
        findings.error(place, f"the value of {name} is empty: remove the line to leave it unset")
        return ""
    if rest.strip(_BLANKS):
        findings.warn(
            place, f'"{rest.strip(_BLANKS)}" after the closing quote of {name} is ignored'
        )
    return inner
