"""Whether all programs read a message alike: then nobody need look at it in several ways.

This runs over every message, so it is one pass, by the C code of `bytes` and `re`. It may say no
of a message that all agree on, and never yes of one that they do not.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterator

from clamgate.message.mime import boundaries, decoding
from clamgate.message.mime.containers import tnef
from clamgate.message.mime.decoders import base64, quoted_printable
from clamgate.message.mime.header import looks_like_mail

HEADER = re.compile(rb"(?:[!-9;-~]++:[^\r\n]*+\r\n(?:[ \t]++[^ \t\r\n][^\r\n]*+\r\n)*+)*+\r\n")
_MIME_FIELD = re.compile(
    rb"^content-(type|transfer-encoding|disposition)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)",
    re.IGNORECASE | re.MULTILINE,
)
_FOLD = re.compile(rb"\r\n[ \t]+")
_TOKEN = rb"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+"
_QUOTED = rb"\"[^\"\\\r\n]*\""
_PARAMETER = re.compile(rb"\s*+;\s*+(" + _TOKEN + rb")=(" + _TOKEN + rb"|" + _QUOTED + rb")")
_VALUE = re.compile(
    rb"\s*+(" + _TOKEN + rb"(?:/" + _TOKEN + rb")?)((?:" + _PARAMETER.pattern + rb")*+)\s*+;?+\s*+"
)
# As RFC 2046 has it, without what some program takes for quotes, comments or encoded-words.
BOUNDARY = re.compile(rb"(?:[0-9A-Za-z+_,./:?-]|=(?!\?)){1,70}")
_STARTS_LIKE_FIELD = re.compile(rb"\s*[!-9;-~]+[ \t]*:")
_STARTS_LIKE_MIME = re.compile(rb"\s*content-", re.IGNORECASE)
# Not multipart/signed: clamd finds less in it than in others.
MULTIPARTS = frozenset(
    f"multipart/{kind}".encode()
    for kind in ("mixed", "alternative", "related", "report", "parallel", "form-data")
)
_REPORTS = frozenset(
    {b"message/delivery-status", b"message/disposition-notification", b"message/feedback-report"}
)
MESSAGE = b"message/rfc822"
# Programs open these, and clamd opens them in its own way or not at all.
WRAPPED = re.compile(rb"application/(?:x-)?pkcs7-mime|application/(?:vnd\.)?ms-tnef")
LEAF = re.compile(rb"(?:text|image|audio|video|font|model|application)/.+")
UNENCODED = frozenset({b"7bit", b"8bit", b"binary"})
_MAX_DEPTH = 20
_MAX_EPILOGUE = 8192
_MAX_LINE = 998
_MAX_PADDING = 2


def is_canonical(message: bytes) -> bool:
    """Whether every reading of a message comes to the same parts.

    Args:
        message: Header, empty line, body, with CRLF line ends.
    """
    if message and b"\r\n\r\n" not in message and not message.startswith(b"\r\n"):
        message += b"\r\n"  # a header alone: an MTA sends no empty line behind it
    return b"\0" not in message and _is_canonical(message, 0)


def _is_canonical(entity: bytes, depth: int) -> bool:
    header = HEADER.match(entity)
    fields = fields_of(header[0]) if header else None
    if header is None or fields is None or depth > _MAX_DEPTH:
        return False
    body = entity[header.end() :]
    kind, parameters = fields.get(b"type", (b"text/plain", {}))
    encoding, extra = fields.get(b"transfer-encoding", (b"7bit", {}))
    is_empty = len(header[0]) == len(b"\r\n")
    # clamd passes over a part without a header, where it is not the whole message.
    if extra or (is_empty and depth) or may_go_on(body, empty=is_empty):
        return False
    if kind in MULTIPARTS:
        return encoding in UNENCODED and _are_canonical(body, parameters.get(b"boundary"), depth)
    if kind == MESSAGE:
        return encoding in UNENCODED and _is_canonical(body, depth + 1)
    if b"boundary" in parameters or not (LEAF.fullmatch(kind) or kind in _REPORTS):
        return False
    hides_parts = b"type" not in fields and boundaries.guesses(body)
    return not hides_parts and not WRAPPED.fullmatch(kind) and is_decoded_alike(body, encoding)


def fields_of(header: bytes) -> dict[bytes, tuple[bytes, dict[bytes, bytes]]] | None:
    """Return the fields that say what a body is, None if they can be read in two ways."""
    fields: dict[bytes, tuple[bytes, dict[bytes, bytes]]] = {}
    for name, raw in _MIME_FIELD.findall(header):
        value = _value(raw)
        if value is None or name.lower() in fields:
            return None
        fields[name.lower()] = value
    return fields


def may_go_on(body: bytes, *, empty: bool) -> bool:
    """Whether a program might see the header go on behind the empty line."""
    return (_STARTS_LIKE_FIELD if empty else _STARTS_LIKE_MIME).match(body, 0, 200) is not None


def _value(raw: bytes) -> tuple[bytes, dict[bytes, bytes]] | None:
    """Return a field's first word and its parameters, None if they can be read in two ways."""
    match = _VALUE.fullmatch(_FOLD.sub(b" ", raw))
    if match is None:
        return None
    found = [(name.lower(), text.strip(b'"')) for name, text in _PARAMETER.findall(match[2])]
    parameters = dict(found)
    if len(parameters) < len(found) or any(name.startswith(b"boundary*") for name in parameters):
        return None
    return match[1].lower(), parameters


def _are_canonical(body: bytes, boundary: bytes | None, depth: int) -> bool:
    if boundary is None or not BOUNDARY.fullmatch(boundary):
        return False
    pieces = list(cut(body, 0, len(body), boundary))
    if len(pieces) < 3 or not pieces[-1][2]:  # noqa: PLR2004  before, between, and behind
        return False
    (_, first, _), *parts, (last, _, _) = pieces
    return (
        is_idle(body[:first])
        and is_idle(body[last:])
        and all(
            # An empty line is the header's end even if it is the delimiter's own line end, too.
            not closes and _is_canonical(body[start : max(end - 2, start)] + b"\r\n", depth + 1)
            for start, end, closes in parts
        )
    )


def cut(text: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield where a piece between delimiters begins and ends, and whether the closing one is ahead.

    What ends a piece is the next delimiter, whose own line end stands before it; it is the last two
    bytes of the piece, if that has so many. It stops short of the end, with a piece that no
    delimiter closes, at a delimiter that is not clear.
    """
    delimiter = b"--" + boundary
    first = start
    closes = False
    while (at := text.find(delimiter, start, end)) >= 0:
        line_end = text.find(b"\r\n", at, end)
        rest = text[at + len(delimiter) : line_end if line_end >= 0 else end].rstrip(b" \t")
        if (at > first and text[at - 2 : at] != b"\r\n") or rest not in (b"", b"--") or closes:
            return
        yield start, at, closes
        closes = rest == b"--"
        start = line_end + 2 if line_end >= 0 else end
    yield start, end, closes


def is_idle(text: bytes) -> bool:
    """Whether what stands before the first part, or behind the last, is no part to anybody."""
    return len(text) <= _MAX_EPILOGUE and not _MIME_FIELD.search(text) and _is_plain_text(text)


def is_decoded_alike(body: bytes, encoding: bytes) -> bool:
    """Whether all programs decode a body alike, and none finds a further one in what comes of it.

    Args:
        body: As it stands in the message.
        encoding: What its header says, in small letters.
    """
    if encoding == b"base64":
        return is_plain_base64(body) and not _is_wrapped_base64(body)
    if looks_like_mail(body) or not _is_plain_text(body):
        return False
    if encoding == b"quoted-printable":
        return quoted_printable.is_strict(body) and not _holds_quoted_files(body)
    return encoding in UNENCODED


def _is_plain_text(text: bytes) -> bool:
    """Whether all lines end alike, and nothing stands in it that a program would decode."""
    bare = text.replace(b"\r\n", b"")
    return not (
        b"\n" in bare or b"\r" in bare or decoding.holds_files(text) or base64.looks_encoded(text)
    )


def _holds_quoted_files(body: bytes) -> bool:
    return any(decoding.holds_files(text) for _, text in quoted_printable.decode(body))


def _is_wrapped_base64(body: bytes) -> bool:
    """Whether there is a further encoding under it, or a container that has its own parts."""
    beginning = base64.beginning(body)
    if tnef.is_encoded(body) or looks_like_mail(beginning):
        return True
    return _is_text(beginning) and decoding.holds_files(a2b_base64(body))


def _is_text(data: bytes) -> bool:
    return data.isascii() and b"\0" not in data


def is_plain_base64(body: bytes) -> bool:
    """Whether all programs decode a body of base64 alike.

    All lines but the last have one length, of whole quanta, and only the end is padded.
    """
    text = body.rstrip(b"\r\n")
    length = text.find(b"\r\n")
    if length < 0:
        length = len(text)
    lines, last = divmod(len(text), length + 2)
    padding = len(text) - len(text.rstrip(b"="))
    return (
        length <= _MAX_LINE
        and length % 4 == 0
        and last % 4 == 0
        and padding <= _MAX_PADDING
        and body[len(text) :].replace(b"\r\n", b"") == b""
        # There is nothing but letters, line ends and padding, in this order ...
        and text.translate(None, base64.ALPHABET) == b"\r\n" * lines + b"=" * padding
        # ... and the line ends stand where lines of this length end.
        and text[length :: length + 2] == b"\r" * lines
        and text[length + 1 :: length + 2] == b"\n" * lines
    )
