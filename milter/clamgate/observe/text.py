"""What strangers wrote, made fit for a log line: one line, readable, and bounded.

The C clamav-milter turns quotes, tabs and whatever is not printable ASCII in header values into
spaces. For ASCII the result here is the same. Text in UTF-8 stays readable instead of coming out
blank; what could break a line, move the cursor or turn the writing direction becomes a space.
"""

from __future__ import annotations

from clamgate.core.envelope import bare_address

UNKNOWN = "UNKNOWN"

# Characters. A header field may be as long as the MTA lets it; nobody reads that much in a log.
MAX_FIELD = 1024
# A line holds up to three header fields, two addresses and a signature.
MAX_LINE = 6 * MAX_FIELD

_CUT = "..."
_SURROGATES = range(0xD800, 0xE000)


def printable(text: str, limit: int = MAX_FIELD) -> str:
    """Return `text` with a space for each character that is not printable, cut to `limit`.

    Not printable are all of Unicode's categories C (controls, bidi overrides, zero-width
    characters, surrogates, unassigned) and Z (line and paragraph separators, odd spaces) but the
    ASCII space itself.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT


def readable(raw: bytes) -> str:
    """Decode bytes that ought to be UTF-8; each byte that is not becomes ``?``."""
    text = raw.decode("utf-8", "surrogateescape")
    if text.isprintable():
        return text
    return "".join("?" if ord(char) in _SURROGATES else char for char in text)


def header_text(value: bytes | None) -> str:
    """Return a header value for use between single quotes; UNKNOWN if there is none.

    Encoded words (RFC 2047) stay encoded, as in the C program's log. A fold is a line break and
    the white space after it: each of the two becomes a space.
    """
    if value is None:
        return UNKNOWN
    return printable(readable(value.replace(b"\r\n", b"\n")).replace("'", " "))


def address_text(path: bytes) -> str:
    """Return an envelope path without its angle brackets, for use between our own.

    Brackets inside it (a quoted local part may hold them) become ``?``: they could make one
    address look like two.
    """
    return printable(readable(bare_address(path)).replace("<", "?").replace(">", "?"))


def path_text(path: bytes) -> str:
    """Return an envelope path with the angle brackets it came with."""
    text = address_text(path)
    return text if bare_address(path) == path else f"<{text}>"
