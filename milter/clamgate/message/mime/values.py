"""Structured field values (RFC 2045, 2183, 2231), read in all the ways that programs read them."""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_to_bytes

_COMMENT = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.DOTALL)
_FOLD = re.compile(rb"\r?\n[ \t]*|\r[ \t]*")
_ENCODED_WORD = re.compile(rb"=\?([^?\s]*)\?([bBqQ])\?([^?]*)\?=")
# attribute [*section] [*] = value: the value in quotes of either kind, or up to a semicolon, or,
# as others have it, up to a blank.
_PARAMETER = re.compile(
    rb"(?:(?<!\s)\s|[;,])\s*+\"?([^\s=;,\"*]++)(?:\*(\d{1,3}))?(\*)?\"?\s*=\s*"
    rb"(\"(?:[^\"\\]|\\.)*\"?|'[^']*'(?=[\s;,]|\Z)|[^;]*)",
    re.DOTALL,
)
_MAX_SECTIONS = 200


def media_types(value: bytes) -> list[bytes]:
    """Return what may be taken for the media type of a Content-Type value, in small letters."""
    return _unique(
        re.split(rb"[;,\s]", text.strip(b" \t\r\n\"'"), maxsplit=1)[0].strip(b"\"'").lower()
        for text in _texts(value)
    )


def encodings(value: bytes) -> list[bytes]:
    """Return what may be taken for the mechanism of a Content-Transfer-Encoding value."""
    return _unique(
        word.strip(b"\"'").lower()
        for text in _texts(value)
        for word in re.split(rb"[;,\s]+", text.strip(b" \t\r\n\"';,"))[:2]
    )


def parameter(values: Iterable[bytes], attribute: bytes) -> list[bytes]:
    """Return what may be taken for a parameter, over all values of a field.

    Duplicates count each; the pieces of RFC 2231 count one by one and put together, as they stand
    and percent-decoded; quotes count as quotes and as themselves; an escape counts as what it
    escapes and as itself; encoded-words (which have no business there) count as what they encode.

    Args:
        values: The values of all fields of one name.
        attribute: The parameter's name in small letters.
    """
    found: list[bytes] = []
    for value in values:
        for text in _texts(value):
            found += _parameters_in(b";" + text, attribute)
    return _unique(found)


def _parameters_in(text: bytes, attribute: bytes) -> Iterator[bytes]:
    sections: dict[int, bytes] = {}
    for match in _PARAMETER.finditer(text):
        name, section, extended, raw = match.groups()
        if name.strip(b"'").lower() != attribute:
            continue
        if section is not None and len(sections) < _MAX_SECTIONS:
            sections.setdefault(int(section), _decoded(raw, extended=extended is not None))
        yield from _meanings(raw, extended=extended is not None)
    if sections:
        yield b"".join(sections[number] for number in sorted(sections))


def _meanings(raw: bytes, *, extended: bool) -> Iterator[bytes]:
    bare = raw.strip(b" \t\r\n")
    if extended:
        yield _decoded(bare, extended=True)  # what is meant comes first: names are shown so
    for form in (raw.rstrip(b"\r\n"), bare, re.split(rb"[\s,]", bare, maxsplit=1)[0]):
        plain = _unquoted(form)
        yield plain
        yield plain.rstrip(b" \t")
        yield form
        yield form.strip(b"\"'")
        if b"\\" in form:
            yield form.strip(b"\"'").replace(b"\\", b"")
        if b"%" in form:
            yield _decoded(form, extended=True)
            yield unquote_to_bytes(plain)
        elif extended:
            yield _decoded(form, extended=True)
        if b"=?" in form:
            yield decode_words(plain)


def _decoded(raw: bytes, *, extended: bool) -> bytes:
    """Return a piece's value: unquoted, and as RFC 2231 has it if it is marked as extended."""
    bare = raw.strip(b" \t\r\n")
    if not extended:
        return _unquoted(bare)
    # Its apostrophes are no quotes: the charset before the first may be empty.
    plain = _unquoted(bare) if bare[:1] == b'"' else bare
    charset, quote, rest = plain.partition(b"'")
    if quote and b"'" in rest and b"%" not in charset:
        plain = rest.partition(b"'")[2]
    return unquote_to_bytes(plain)


def _unquoted(text: bytes) -> bytes:
    if text[:1] == b'"':
        closed = re.match(rb"\"((?:[^\"\\]|\\.)*)", text, re.DOTALL)
        inner = closed[1] if closed else text[1:]
        return re.sub(rb"\\(.)", rb"\1", inner, flags=re.DOTALL)
    if text[:1] == b"'" and text.count(b"'") > 1:
        return text[1:].partition(b"'")[0]
    return text


def decode_words(text: bytes) -> bytes:
    """Decode the encoded-words of RFC 2047 in a text; blanks between two of them fall away."""
    joined = re.sub(rb"(\?=)\s+(=\?)", rb"\1\2", text)
    return _ENCODED_WORD.sub(_decode_word, joined)


def holds_words(text: bytes) -> bool:
    """Whether there is an encoded-word in a text."""
    return _ENCODED_WORD.search(text) is not None


def _decode_word(match: re.Match[bytes]) -> bytes:
    text = match[3]
    if match[2] in b"qQ":
        return a2b_qp(text, header=True)
    try:
        return a2b_base64(text + b"==")
    except BinasciiError:
        return text


def _texts(value: bytes) -> Iterator[bytes]:
    """Yield a value as programs have it before they take it apart: folds and comments in or out."""
    plain = value.replace(b"\0", b"")
    unfolded = _FOLD.sub(b" ", plain)
    joined = _FOLD.sub(b"", plain)
    for text in _unique((unfolded, joined, value)):
        yield text
        if b"(" in text:
            yield _without_comments(text)
        if b"=?" in text:
            yield decode_words(text)


def _without_comments(text: bytes) -> bytes:
    for _ in range(5):
        text, changed = _COMMENT.subn(b" ", text)
        if not changed:
            break
    return text


def _unique(items: Iterable[bytes]) -> list[bytes]:
    return list(dict.fromkeys(items))
