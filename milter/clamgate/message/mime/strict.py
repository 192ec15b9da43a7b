"""Whether all programs read a message alike: then nobody need look at it in several ways.

This runs over every message, so each byte is looked at two or three times, by the C code of
`bytes`, in pieces that stay in the processor's cache; regular expressions see headers and first
lines. It may say no of a message that all agree on, and never yes of one that they do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clamgate.core.settings import KIB
from clamgate.message.mime import boundaries, plain
from clamgate.message.mime.octets import Octets
from clamgate.message.mime.octets import cut as part_of

# Lines that end in CRLF; that CR stands nowhere else is seen faster by counting.
_HEADER = re.compile(rb"(?:[!-9;-~]++:.*+\n(?<=\r\n)(?:[ \t]++[^ \t\r\n].*+\n(?<=\r\n))*+)*+\r\n")
_MIME_FIELD = re.compile(
    rb"content-(type|transfer-encoding|disposition)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)",
    re.IGNORECASE,
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
MULTIPARTS = frozenset(
    f"multipart/{kind}".encode()
    for kind in ("mixed", "alternative", "related", "report", "parallel", "form-data")
)
# clamd 1.4 finds as much in these as stands in them; not so in the others, in signed ones, and in
# messages and reports within a multipart.
_SCANNED_WHOLE = MULTIPARTS - {b"multipart/report", b"multipart/parallel"}
MESSAGE = b"message/rfc822"
# Programs open these, and clamd opens them in its own way or not at all.
WRAPPED = re.compile(rb"application/(?:x-)?pkcs7-mime|application/(?:vnd\.)?ms-tnef")
LEAF = re.compile(rb"(?:text|image|audio|video|font|model|application)/.+")
_MAX_DEPTH = 20
_MAX_HEADER = 256 * KIB
_MAX_EPILOGUE = 8192
_MAX_LINE = 998
_HYPHENS = 50
# How much is looked at where only the beginning counts.
_AHEAD = 600
_BLANK_AHEAD = 200
_Value = tuple[bytes, dict[bytes, bytes]]
"""A field's first word, in small letters, and its parameters."""
_Fields = dict[bytes, _Value]
"""By name, in small letters, without their common beginning."""
_INLINE: _Value = (b"inline", {})
# clamd passes over a text part of any other.
_DISPOSITIONS = frozenset({b"inline", b"attachment"})
_PLAIN: _Value = (b"text/plain", {})
_AS_IT_IS: _Value = (b"7bit", {})
_ANY_MIME_FIELD = re.compile(
    rb"^content-(?:type|transfer-encoding|disposition)[ \t]*:", re.IGNORECASE | re.MULTILINE
)


def is_canonical(message: Octets) -> bool:
    """Whether every reading of a message comes to the same parts.

    Args:
        message: Header, empty line, body, with CRLF line ends.

    Raises:
        OSError: It cannot be read.
    """
    return _is_canonical(message, 0, len(message), 0)


def _is_canonical(message: Octets, start: int, end: int, depth: int) -> bool:
    header = header_of(message, start, end, is_message=not depth) if depth <= _MAX_DEPTH else None
    fields = None if header is None else fields_of(header)
    is_empty = header == b"\r\n"
    # clamd passes over a part without a header, where it is not the whole message.
    if header is None or fields is None or (depth and is_empty):
        return False
    at = start + len(header)
    goes_on = may_go_on(message[at : min(at + _AHEAD, end)], empty=is_empty)
    return not goes_on and _is_body_canonical(message, at, end, fields, depth)


def _is_body_canonical(message: Octets, start: int, end: int, fields: _Fields, depth: int) -> bool:
    kind, parameters = fields.get(b"type", _PLAIN)
    encoding, extra = fields.get(b"transfer-encoding", _AS_IT_IS)
    disposition = fields.get(b"disposition", _INLINE)[0]
    if extra or disposition not in _DISPOSITIONS:
        return False
    if kind in _SCANNED_WHOLE:
        boundary = parameters.get(b"boundary")
        return encoding in plain.UNENCODED and _are_canonical(message, start, end, boundary, depth)
    return (
        b"boundary" not in parameters
        and LEAF.fullmatch(kind) is not None
        and not WRAPPED.fullmatch(kind)
        and plain.is_decoded_alike(message, encoding, start, end)
        and (b"type" in fields or not boundaries.guesses(part_of(message, start, end)))
    )


def header_of(message: Octets, start: int, end: int, *, is_message: bool) -> bytes | None:
    """Return a header with the empty line behind it: as many bytes as stand there.

    None if programs may differ over where it ends or what its fields are.

    Args:
        message: What it stands in.
        start: Where it begins.
        end: Where it ends at the latest.
        is_message: Whether it may be all there is: an MTA sends no empty line behind it then, and
            none is returned.
    """
    if message[start : min(start + 2, end)] == b"\r\n":
        return b"\r\n"
    stop = message.find(b"\r\n\r\n", start, end)
    if stop < 0 and not is_message:
        return None
    length = (stop + 4 if stop >= 0 else end) - start
    if not 0 < length <= _MAX_HEADER:
        return None
    header = message[start : start + length]
    is_plain = b"\0" not in header and header.count(b"\r") == header.count(b"\n")
    is_known = is_plain and _HEADER.fullmatch(header if stop >= 0 else header + b"\r\n")
    return header if is_known else None


def fields_of(header: bytes) -> _Fields | None:
    """Return the fields that say what a body is, None if they can be read in two ways."""
    fields: _Fields = {}
    small = header.lower()
    at = -1
    while (at := small.find(b"content-", at + 1)) >= 0:
        match = _MIME_FIELD.match(header, at) if small[at - 1 : at] in b"\n" else None
        if match is None:
            continue
        value = _value(match[2])
        name = match[1].lower()
        if value is None or name in fields:
            return None
        fields[name] = value
    return fields


def may_go_on(body: bytes, *, empty: bool) -> bool:
    """Whether a program might see the header go on behind the empty line.

    Where many blank lines follow, it is not looked what stands behind them.
    """
    ahead = body[:_BLANK_AHEAD]
    if len(ahead) == _BLANK_AHEAD and not ahead.strip():
        return True
    return (_STARTS_LIKE_FIELD if empty else _STARTS_LIKE_MIME).match(ahead) is not None


def _value(raw: bytes) -> _Value | None:
    """Return a field's first word and its parameters, None if they can be read in two ways."""
    match = _VALUE.fullmatch(_FOLD.sub(b" ", raw) if b"\r" in raw else raw)
    if match is None:
        return None
    if not match[2]:
        return match[1].lower(), {}
    found = [(name.lower(), text.strip(b'"')) for name, text in _PARAMETER.findall(match[2])]
    parameters = dict(found)
    if len(parameters) < len(found) or any(name.startswith(b"boundary*") for name in parameters):
        return None
    return match[1].lower(), parameters


def _are_canonical(
    message: Octets, start: int, end: int, boundary: bytes | None, depth: int
) -> bool:
    if boundary is None or not BOUNDARY.fullmatch(boundary):
        return False
    before, closed, parts = True, False, 0
    for at, stop, closed in cut(message, start, end, boundary):
        if before or closed:
            if stop - at > _MAX_EPILOGUE or not is_idle(message[at:stop]):
                return False
            before = False
        # An empty line is the header's end even if it is the delimiter's own line end, too.
        elif stop < end and _is_canonical(message, at, stop, depth + 1):
            parts += 1
        else:
            return False
    return closed and parts > 0


def cut(text: Octets, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield where a piece between delimiters begins and ends, and whether it is behind the last.

    What ends a piece is the next delimiter, whose own line end stands before it; it is the last two
    bytes of the piece, if that has so many. It stops short of the end, with a piece that no
    delimiter closes, at a delimiter that is not clear.
    """
    delimiter = b"--" + boundary
    at = start
    closed = False
    while (found := _find_delimiter(text, delimiter, at, end)) >= 0:
        behind = found + len(delimiter)
        limit = min(behind + _MAX_LINE, end)
        line_end = text.find(b"\r\n", behind, limit)
        rest = text[behind : line_end if line_end >= 0 else limit].rstrip(b" \t")
        if closed or rest not in (b"", b"--") or (line_end < 0 and limit < end):
            return
        if found > start and text[found - 2 : found] != b"\r\n":
            return
        yield at, found, closed
        closed = rest == b"--"
        at = line_end + 2 if line_end >= 0 else end
    yield at, end, closed


def _find_delimiter(message: Octets, delimiter: bytes, start: int, end: int) -> int:
    """Find it as `find` does, and several times as fast where no hyphen stands: in base64."""
    at = start
    for _ in range(_HYPHENS):
        at = message.find(b"-", at, end)
        if at < 0 or message[at : min(at + len(delimiter), end)] == delimiter:
            return at
        at += 1
    return message.find(delimiter, at, end)


def is_idle(text: bytes) -> bool:
    """Whether what stands before the first part, or behind the last, is no part to anybody."""
    is_short = len(text) <= _MAX_EPILOGUE
    return is_short and not _ANY_MIME_FIELD.search(text) and plain.is_text(text, 0, len(text))
