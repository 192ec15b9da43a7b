"""Whether all programs read a message alike: then nobody need look at it in several ways.

This runs over every message, so each byte is looked at two or three times, by the C code of
`bytes`, in pieces that stay in the processor's cache; regular expressions see headers and first
lines. It may say no of a message that all agree on, and never yes of one that they do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clamgate.message.mime import boundaries, plain, strict_header
from clamgate.message.mime.octets import Octets
from clamgate.message.mime.octets import cut as part_of
from clamgate.message.mime.strict_header import Value

# As RFC 2046 has it, without what some program takes for quotes, comments or encoded-words.
BOUNDARY = re.compile(rb"(?:[0-9A-Za-z+_,./:?-]|=(?!\?)){1,70}")
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
_LEAVES = frozenset({b"text", b"image", b"audio", b"video", b"font", b"model", b"application"})
_MAX_DEPTH = 20
_MAX_EPILOGUE = 8192
_MAX_LINE = 998
_HYPHENS = 50
_INLINE: Value = (b"inline", {})
# clamd passes over a text part of any other.
_DISPOSITIONS = frozenset({b"inline", b"attachment"})
_PLAIN: Value = (b"text/plain", {})
_AS_IT_IS: Value = (b"7bit", {})
_ANY_MIME_FIELD = re.compile(
    rb"^content-(?:type|transfer-encoding|disposition)[ \t]*:", re.IGNORECASE | re.MULTILINE
)


def is_canonical(message: Octets, start: int = 0, end: int | None = None, depth: int = 0) -> bool:
    """Whether every reading of a message comes to the same parts.

    Args:
        message: Header, empty line, body, with CRLF line ends.
        start: Where it begins.
        end: Past its last byte; None for all that there is.
        depth: In how many multiparts it is a part.

    Raises:
        OSError: It cannot be read.
    """
    end = len(message) if end is None else end
    header = strict_header.read(message, start, end, is_message=not depth)
    if header is None or depth > _MAX_DEPTH:
        return False
    fields, body = header
    kind, parameters = fields.get(b"type", _PLAIN)
    encoding, extra = fields.get(b"transfer-encoding", _AS_IT_IS)
    if extra or fields.get(b"disposition", _INLINE)[0] not in _DISPOSITIONS:
        return False
    if kind in _SCANNED_WHOLE:
        boundary = parameters.get(b"boundary")
        return (
            encoding in plain.UNENCODED
            and plain.has_plain_lines(message, start, body)
            and _are_canonical(message, body, end, boundary, depth)
        )
    return (
        b"boundary" not in parameters
        and (kind.startswith(b"text/") or (is_leaf(kind) and not WRAPPED.fullmatch(kind)))
        and plain.is_decoded_alike(message, encoding, body, end, lines_from=start)
        and (b"type" in fields or not boundaries.guesses(part_of(message, body, end)))
    )


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
        elif stop < end and is_canonical(message, at, stop, depth + 1):
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


def is_leaf(kind: bytes) -> bool:
    """Whether a media type is of those that all take for what has no parts."""
    kind, slash, _ = kind.partition(b"/")
    return bool(slash) and kind in _LEAVES
