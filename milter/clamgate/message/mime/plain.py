"""Whether all programs decode a body alike, and see nothing more in what comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import IncrementalNewlineDecoder

from clamgate.core.settings import KIB
from clamgate.message.mime import decoding, header
from clamgate.message.mime.containers import tnef
from clamgate.message.mime.decoders import base64, quoted_printable
from clamgate.message.mime.octets import WINDOW, Octets, cut, windows

UNENCODED = frozenset({b"7bit", b"8bit", b"binary"})
_MAX_LINE = 998
_MAX_PADDING = 2
# Line ends that may follow base64; more than any program writes.
_TAIL = 8192
# How much is looked at where only the beginning counts.
_AHEAD = 600
_BEGINS_ODDLY = re.compile(header.LOOKS_LIKE_MAIL.pattern + rb"|" + base64.LOOKS_SO.pattern)
# Of a decoder of line ends: they stay as they are, and no more is to come.
_TRANSLATE, _TO_THE_END = False, True
_CRLF_ONLY = (None, "\r\n")
# Each letter of base64 made an A, and what is neither that nor a line's end or padding a question.
_SHAPE = bytes(
    ord("A") if byte in base64.ALPHABET else byte if byte in b"\r\n=" else ord("?")
    for byte in range(256)
)


def is_decoded_alike(
    message: Octets,
    encoding: bytes,
    start: int = 0,
    end: int | None = None,
    lines_from: int | None = None,
) -> bool:
    """Whether all programs decode a body alike, and none finds a further one in what comes of it.

    Args:
        message: The body, or the message that it stands in.
        encoding: What its header says, in small letters.
        start: Where the body begins.
        end: Past its last byte.
        lines_from: Where its header begins, if that one's lines are still to be looked at.
    """
    end = len(message) if end is None else end
    lines_from = start if lines_from is None else lines_from
    if encoding == b"base64":
        return (
            has_plain_lines(message, lines_from, start)
            and is_base64(message, start, end)
            and not _is_wrapped_base64(message, start, end)
        )
    if _BEGINS_ODDLY.match(message[start : min(start + _AHEAD, end)]):
        return False
    if not has_plain_lines(message, lines_from, end) or decoding.holds_files(message, start, end):
        return False
    if encoding == b"quoted-printable":
        return _is_quoted_printable(cut(message, start, end))
    return encoding in UNENCODED


def is_text(message: Octets, start: int, end: int) -> bool:
    """Whether all lines end alike, without NULs, and nothing stands in it that would be decoded."""
    return has_plain_lines(message, start, end) and not (
        decoding.holds_files(message, start, end)
        or base64.looks_encoded(message[start : min(start + _AHEAD, end)])
    )


def has_plain_lines(message: Octets, start: int, end: int) -> bool:
    """Whether all lines end in CRLF, CR and LF stand nowhere else, and NUL nowhere.

    Raises:
        OSError: They cannot be read.
    """
    ends = IncrementalNewlineDecoder(None, _TRANSLATE)
    if end - start <= WINDOW:
        text = message[start:end].decode("latin-1")
        ends.decode(text, _TO_THE_END)
        return "\0" not in text and ends.newlines in _CRLF_ONLY
    for at, piece in windows(message, start, end):
        if b"\0" in piece:
            return False
        ends.decode(piece.decode("latin-1"), at + len(piece) == end)
    return ends.newlines in _CRLF_ONLY


def _is_quoted_printable(body: Octets) -> bool:
    return quoted_printable.is_strict(body) and not _bring_files(quoted_printable.decoded(body))


def _bring_files(chunks: Iterable[bytes]) -> bool:
    """Whether a file stands in what is decoded, piece by piece."""
    last = b""
    for chunk in chunks:
        text = last + chunk
        if decoding.holds_files(text, 0, len(text)):
            return True
        last = text[-KIB:]
    return False


def _is_wrapped_base64(message: Octets, start: int, end: int) -> bool:
    """Whether there is a further encoding under it, or a container that has its own parts."""
    first = message[start : min(start + _AHEAD, end)]
    beginning = base64.beginning(first)
    if tnef.is_encoded(first) or header.looks_like_mail(beginning):
        return True
    if not (beginning.isascii() and b"\0" not in beginning):
        return False
    bodies = (piece for _, piece in windows(message, start, end))
    return _bring_files(base64.letters(piece.translate(None, b"\r\n=") for piece in bodies))


def is_base64(message: Octets, start: int = 0, end: int | None = None) -> bool:
    """Whether all programs decode a body of base64 alike.

    All lines but the last have one length, of whole quanta, and only the end is padded.
    """
    end = len(message) if end is None else end
    tail = message[max(start, end - _TAIL) : end]
    text = tail.rstrip(b"\r\n")
    if tail[len(text) :].replace(b"\r\n", b""):
        return False
    if not text:
        return len(tail) == end - start
    padding = len(text) - len(text.rstrip(b"="))
    end -= len(tail) - len(text)
    line_end = message.find(b"\r\n", start, min(start + _MAX_LINE + 2, end))
    length = (line_end if line_end >= 0 else end) - start
    if length > _MAX_LINE or length % 4 or padding > _MAX_PADDING:
        return False
    line = b"A" * length + b"\r\n"
    block = line * max(1, WINDOW // len(line))
    for _, piece in windows(message, start, end - padding, len(block)):
        if not block.startswith(piece.translate(_SHAPE)):
            return False
    return (end - start) % len(line) % 4 == 0
