"""JSON for a log: one line, readable, and nothing in it that a terminal or a parser stumbles over.

Unlike in text lines, what is not printable is not lost: it stands there escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from typing import TypeVar

MAX_TEXT = 512
"""Characters of a value."""

MAX_LIST = 4096
"""Bytes of a list, as JSON: of a message to thousands, the first recipients are named."""

_CUT = "..."
_AROUND = len('{"":}')
"""Bytes that an item of a list is taken to need besides its own."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Item = TypeVar("Item")


def dumps(value: object) -> str:
    """Return plain data as text without a line break."""
    return escaped(_encode(value))


def members(fields: Mapping[str, object]) -> str:
    """Return the fields of a record as they stand between its braces."""
    return dumps(fields)[1:-1]


def quoted(raw: bytes | str) -> str:
    """Return text that strangers wrote as a JSON string; see `text_of`."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    said = encode_basestring(text if len(text) <= MAX_TEXT else text_of(text))
    return said if said.isprintable() else escaped(said)


def listed(items: Iterable[str], room: int = MAX_LIST) -> str:
    """Return a list of as many of the first items, which are JSON, as there is room for."""
    fit = []
    for item in items:
        room -= _AROUND + (len(item) if item.isascii() else len(item.encode()))
        if room < 0:
            break
        fit.append(item)
    return f"[{','.join(fit)}]"


def text_of(raw: bytes | str) -> str:
    """Return text that strangers wrote, cut to MAX_TEXT; bytes that are not UTF-8 become U+FFFD."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(_CUT)] + _CUT


def first_of(items: Iterable[Item], room: int = MAX_LIST) -> list[Item]:
    """Return as many of the first items as there is room for, in bytes as JSON."""
    fit = []
    for item in items:
        room -= _AROUND + len(dumps(item).encode())
        if room < 0:
            break
        fit.append(item)
    return fit


def escaped(text: str) -> str:
    """Escape what is not printable; `json` itself leaves all but ASCII's controls as it is.

    All of it stands inside of strings, because what is between them is printable.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)
