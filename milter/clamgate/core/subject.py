"""Marking a subject line: once, and in ASCII whatever it holds (RFC 2047)."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.header import Header, decode_header

from clamgate.core.decision import AddHeader, ChangeHeader, Edit

NAME = "Subject"


def tag_subjects(subjects: tuple[bytes, ...], tag: str) -> tuple[Edit, ...]:
    """Return the edits that put `tag` before every subject that does not begin with it already.

    All of them are marked, because mail programs differ in which of two subjects they show. A
    message with none is given one that is the tag alone.
    """
    if not subjects:
        return (AddHeader(NAME, encoded(tag.rstrip())),)
    return tuple(
        ChangeHeader(NAME, index, _tagged(subject, tag))
        for index, subject in enumerate(subjects, start=1)
        if not readable(subject).startswith(tag.strip())
    )


def _tagged(subject: bytes, tag: str) -> str:
    """Put the tag before a subject; ASCII stays as it came, encoded words and folds included."""
    try:
        rest = subject.decode("ascii")
    except UnicodeDecodeError:
        return encoded(tag + _text(subject))
    if "\0" in rest:
        return encoded(tag + rest.replace("\0", ""))
    return (tag if tag.isascii() else encoded(tag) + " ") + rest


def _text(raw: bytes) -> str:
    """Decode raw 8-bit header bytes: UTF-8 where they are that, else the old mailers' Latin-1."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return " ".join(text.replace("\0", "").split())


def encoded(text: str, name: str = NAME) -> str:
    """Return a value for a field: as it is if it is ASCII, else in encoded words, folded with LF.

    Args:
        text: The value, without a line break.
        name: The field's name, for the length of the first line.
    """
    if text.isascii():
        return text
    return Header(text, "utf-8", header_name=name).encode(linesep="\n")


def readable(subject: bytes) -> str:
    """Return a subject as a mail program shows it, to see whether it is tagged already."""
    raw = _text(subject)
    if "=?" not in raw:  # how every encoded word begins
        return raw
    try:
        words = decode_header(raw)
    except HeaderParseError:
        return raw
    parts = []
    for word, charset in words:
        if isinstance(word, str):
            parts.append(word)
            continue
        try:
            parts.append(word.decode(charset or "latin-1", "replace"))
        except (LookupError, UnicodeError):  # some codecs know no "replace", and idna none at all
            parts.append(word.decode("latin-1"))
    return "".join(parts)
