"""Ways to encode a file that not every program undoes, or not in the same way."""

from __future__ import annotations

import base64
from binascii import b2a_base64, b2a_uu

from tests.hiding.binhex import binhexed
from tests.hiding.model import BASE64, CRLF, TYPE, Encoded, Encoding, Form

_CTE = b"Content-Transfer-Encoding: "


def _lines(text: bytes, width: int = 76, end: bytes = CRLF) -> bytes:
    return b"".join(text[at : at + width] + end for at in range(0, len(text), width))


def _plain(file: bytes) -> bytes:
    return _lines(base64.b64encode(file))


def plain(file: bytes) -> Encoded:
    """What every program writes and reads."""
    return Encoded((TYPE, BASE64), _plain(file))


def _said(*encodings: bytes) -> Encoding:
    """Base64, with these encodings named for it."""
    return lambda file: Encoded((TYPE, *(_CTE + one for one in encodings)), _plain(file))


def _junk_inside(junk: bytes, every: int) -> Encoding:
    def build(file: bytes) -> Encoded:
        text = base64.b64encode(file)
        pieces = [text[at : at + every] for at in range(0, len(text), every)]
        return Encoded((TYPE, BASE64), junk.join(pieces) + CRLF)

    return build


def _url_safe(file: bytes) -> Encoded:
    return Encoded((TYPE, BASE64), _lines(base64.urlsafe_b64encode(file)))


def _padded_pieces(file: bytes) -> Encoded:
    pieces = (file[at : at + 10] for at in range(0, len(file), 10))
    return Encoded((TYPE, BASE64), CRLF.join(base64.b64encode(piece) for piece in pieces) + CRLF)


def _padding_first(file: bytes) -> Encoded:
    return Encoded((TYPE, BASE64), b"====" + CRLF + _plain(file))


def _unpadded(file: bytes) -> Encoded:
    return Encoded((TYPE, BASE64), _lines(base64.b64encode(file).rstrip(b"=")))


def _wide(width: int, end: bytes = CRLF) -> Encoding:
    return lambda file: Encoded((TYPE, BASE64), _lines(base64.b64encode(file), width, end))


def _after(before: bytes) -> Encoding:
    return lambda file: Encoded((TYPE, BASE64), before + _plain(file))


def _before(after: bytes) -> Encoding:
    return lambda file: Encoded((TYPE, BASE64), _plain(file) + after)


def _junk_lines(file: bytes) -> Encoded:
    lines = _plain(file).splitlines(keepends=True)
    return Encoded((TYPE, BASE64), b"this-line,is-none:of_it!\r\n".join(lines))


def _quoted(line: bytes = b"=\r\n", *, lower: bool = False, every: int = 20) -> Encoding:
    """Quoted-printable in which each byte is escaped."""

    def build(file: bytes) -> Encoded:
        form = "=%02x" if lower else "=%02X"
        letters = [(form % byte).encode() for byte in file]
        lines = (b"".join(letters[at : at + every]) for at in range(0, len(letters), every))
        return Encoded((TYPE, _CTE + b"quoted-printable"), line.join(lines) + b"=\r\n")

    return build


def _quoted_with(odd: bytes) -> Encoding:
    """Quoted-printable with something in it that is no escape, in the midst of the file."""

    def build(file: bytes) -> Encoded:
        body = _quoted()(file).body
        middle = body.index(b"=", len(body) // 2)
        return Encoded((TYPE, _CTE + b"quoted-printable"), body[:middle] + odd + body[middle:])

    return build


def _uu_lines(file: bytes, *, backtick: bool = False) -> bytes:
    lines = (file[at : at + 45] for at in range(0, len(file), 45))
    return b"".join(b2a_uu(one, backtick=backtick).rstrip(b"\n") + CRLF for one in lines)


def _uu(file: bytes) -> bytes:
    return b"begin 644 file.exe\r\n" + _uu_lines(file) + b"`\r\nend\r\n"


_TEXT = (b"Content-Type: text/plain",)


def _uu_in_text(file: bytes) -> Encoded:
    return Encoded(_TEXT, b"Hello,\r\nthis is it:\r\n\r\n" + _uu(file) + b"\r\nBye\r\n")


def _uu_declared(file: bytes) -> Encoded:
    return Encoded((TYPE, _CTE + b"x-uuencode"), _uu(file))


def _uu_bare(file: bytes) -> Encoded:
    return Encoded((TYPE, _CTE + b"uuencode"), _uu_lines(file))


def _uu_endless(file: bytes) -> Encoded:
    return Encoded(_TEXT, b"begin 644 file.exe\r\n" + _uu_lines(file, backtick=True))


def _uu_base64(file: bytes) -> Encoded:
    lines = b"".join(
        b2a_base64(file[at : at + 45]).rstrip(b"\n") + CRLF for at in range(0, len(file), 45)
    )
    return Encoded(_TEXT, b"begin-base64 644 file.exe\r\n" + lines + b"====\r\n")


def _uu_in_base64(file: bytes) -> Encoded:
    return Encoded((*_TEXT, BASE64), _plain(b"See:\r\n" + _uu(file)))


def _yenc_lines(file: bytes) -> bytes:
    out = bytearray()
    for byte in file:
        shifted = (byte + 42) % 256
        out += b"=%c" % ((shifted + 64) % 256) if shifted in b"\0\r\n=" else b"%c" % shifted
    return _lines(bytes(out), 128)


def _yenc(file: bytes) -> bytes:
    head = b"=ybegin line=128 size=%d name=file.exe\r\n" % len(file)
    return head + _yenc_lines(file) + b"=yend size=%d\r\n" % len(file)


def _yenc_in_text(file: bytes) -> Encoded:
    return Encoded(_TEXT, b"Here:\r\n" + _yenc(file))


def _yenc_declared(file: bytes) -> Encoded:
    return Encoded((TYPE, _CTE + b"x-yenc"), _yenc(file))


def _binhex_in_text(file: bytes) -> Encoded:
    return Encoded(_TEXT, b"(This file must be converted with BinHex 4.0)\r\n" + binhexed(file))


def _binhex_declared(file: bytes) -> Encoded:
    return Encoded((TYPE, _CTE + b"binhex"), binhexed(file))


def _raw(*fields: bytes) -> Encoding:
    return lambda file: Encoded(fields, file)


_NAMED = "Content-Transfer-Encoding that is odd"
_BASE64 = "base64 that is not clean"
_QUOTED = "quoted-printable that is not clean"
_FILES = "uuencode, yEnc and BinHex"
_AS_IT_STANDS = "no encoding"

ENCODINGS: tuple[Form[Encoding], ...] = (
    Form(_NAMED, "none named, base64 all the same", _said()),
    Form(_NAMED, "7bit, then base64", _said(b"7bit", b"base64")),
    Form(_NAMED, "base64, then 7bit", _said(b"base64", b"7bit")),
    Form(_NAMED, "base64, then quoted-printable", _said(b"base64", b"quoted-printable")),
    Form(_NAMED, "quoted-printable, then base64", _said(b"quoted-printable", b"base64")),
    Form(_NAMED, "x-base64", _said(b"x-base64")),
    Form(_NAMED, "x-unknown", _said(b"x-unknown")),
    Form(_NAMED, "in capitals", _said(b"BASE64")),
    Form(_NAMED, "a comment behind", _said(b"base64 (as ever)")),
    Form(_NAMED, "a comment before", _said(b"(really) base64")),
    Form(_NAMED, "a comment in the middle", _said(b"base(not)64")),
    Form(_NAMED, "a parameter", _said(b"base64; charset=utf-8")),
    Form(_NAMED, "a semicolon before", _said(b";base64")),
    Form(_NAMED, "quotes", _said(b'"base64"')),
    Form(_NAMED, "half a quote", _said(b'"base64')),
    Form(_NAMED, "two words", _said(b"7bit base64")),
    Form(_NAMED, "an encoded-word", _said(b"=?us-ascii?Q?base64?=")),
    Form(_NAMED, "a fold in the middle", _said(b"base\r\n 64")),
    Form(_NAMED, "a NUL in it", _said(b"base\x0064")),
    Form(_NAMED, "8-bit behind it", _said(b"base64\xa0")),
    Form(_BASE64, "junk between the letters", _junk_inside(b"!", 3)),
    Form(_BASE64, "blanks between the letters", _junk_inside(b" ", 5)),
    Form(_BASE64, "NULs between the letters", _junk_inside(b"\0", 7)),
    Form(_BASE64, "8-bit between the letters", _junk_inside(b"\xe4", 9)),
    Form(_BASE64, "letters for URLs", _url_safe),
    Form(_BASE64, "padding in the middle", _padded_pieces),
    Form(_BASE64, "padding first", _padding_first),
    Form(_BASE64, "no padding", _unpadded),
    Form(_BASE64, "one letter a line", _wide(1)),
    Form(_BASE64, "five letters a line", _wide(5)),
    Form(_BASE64, "one line of all", _wide(1 << 30)),
    Form(_BASE64, "lines that end in CR", _wide(76, b"\r")),
    Form(_BASE64, "lines that end in LF", _wide(76, b"\n")),
    Form(_BASE64, "a fold at each line", _wide(76, b"\r\n ")),
    Form(_BASE64, "an empty line first", _after(CRLF)),
    Form(_BASE64, "a line of other text first", _after(b"A file, as you asked:\r\n")),
    Form(_BASE64, "a dash first", _after(b"-")),
    Form(_BASE64, "text behind the padding", _before(b"-- \r\nsent from my desk\r\n")),
    Form(_BASE64, "lines of junk in it", _junk_lines),
    Form(_QUOTED, "each byte escaped", _quoted()),
    Form(_QUOTED, "small letters", _quoted(lower=True)),
    Form(_QUOTED, "blanks behind the soft break", _quoted(b"= \t\r\n")),
    Form(_QUOTED, "soft breaks with LF", _quoted(b"=\n")),
    Form(_QUOTED, "a line too long", _quoted(every=5000)),
    Form(_QUOTED, "a lone = in it", _quoted_with(b"=")),
    Form(_QUOTED, "two soft breaks", _quoted_with(b"=\r\n=\r\n")),
    Form(_FILES, "uuencode in a text", _uu_in_text),
    Form(_FILES, "uuencode declared", _uu_declared),
    Form(_FILES, "uuencode without begin", _uu_bare),
    Form(_FILES, "uuencode without end", _uu_endless),
    Form(_FILES, "uuencode of base64", _uu_base64),
    Form(_FILES, "uuencode in base64", _uu_in_base64),
    Form(_FILES, "yEnc in a text", _yenc_in_text),
    Form(_FILES, "yEnc declared", _yenc_declared),
    Form(_FILES, "BinHex in a text", _binhex_in_text),
    Form(_FILES, "BinHex declared", _binhex_declared),
    Form(_AS_IT_STANDS, "none named", _raw(TYPE)),
    Form(_AS_IT_STANDS, "8bit", _raw(TYPE, _CTE + b"8bit")),
    Form(_AS_IT_STANDS, "binary", _raw(TYPE, _CTE + b"binary")),
    Form(_AS_IT_STANDS, "base64, but it is not", _raw(TYPE, BASE64), text_only=True),
    Form(
        _AS_IT_STANDS,
        "quoted-printable, but it is not",
        _raw(TYPE, _CTE + b"quoted-printable"),
        text_only=True,
    ),
)
