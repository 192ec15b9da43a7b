"""Ways to put an entity into a multipart message that not every program takes apart alike."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Callable
from quopri import encodestring

from tests.hiding.model import CRLF, OUTER, Form, Framing

_HELLO = b"Content-Type: text/plain\r\n\r\nSee the attachment.\r\n"
_MIXED = b"Content-Type: multipart/mixed; "
_BOUNDARY = b"=_the.limit"


def parts(entity: bytes, boundary: bytes = _BOUNDARY) -> bytes:
    """Return a multipart body of a text and the entity."""
    delimiter = b"--" + boundary + CRLF
    return delimiter + _HELLO + delimiter + entity + CRLF + b"--" + boundary + b"--" + CRLF


def plain(entity: bytes) -> bytes:
    """A message as every program writes it."""
    return _titled(_MIXED + b'boundary="' + _BOUNDARY + b'"')(entity)


def _titled(*fields: bytes, boundary: bytes = _BOUNDARY) -> Framing:
    """Say where the parts are in these fields; they are at `boundary`."""
    head = OUTER + b"".join(field + CRLF for field in fields) + CRLF
    return lambda entity: head + parts(entity, boundary)


def _param(parameter: bytes, boundary: bytes = _BOUNDARY) -> Framing:
    return _titled(_MIXED + parameter, boundary=boundary)


def _typed(content_type: bytes, boundary: bytes = b"abc") -> Framing:
    return _titled(b"Content-Type: " + content_type, boundary=boundary)


def _two(one: bytes, other: bytes, boundary: bytes = b"abc") -> Framing:
    return _titled(b"Content-Type: " + one, b"Content-Type: " + other, boundary=boundary)


def _changed(old: bytes, new: bytes) -> Framing:
    return _body(lambda entity: parts(entity).replace(old, new))


def _body(build: Callable[[bytes], bytes], boundary: bytes = _BOUNDARY) -> Framing:
    """Build the body in another way."""
    head = OUTER + _MIXED + b'boundary="' + boundary + b'"' + CRLF + CRLF
    return lambda entity: head + build(entity)


def _encoded(encoding: bytes, encode: Callable[[bytes], bytes]) -> Framing:
    fields = (
        _MIXED + b'boundary="' + _BOUNDARY + b'"',
        b"Content-Transfer-Encoding: " + encoding,
    )
    head = OUTER + b"".join(field + CRLF for field in fields) + CRLF
    return lambda entity: head + encode(parts(entity))


def _base64(body: bytes) -> bytes:
    return encodebytes(body).replace(b"\n", CRLF)


def _quoted(body: bytes) -> bytes:
    return encodestring(body.replace(CRLF, b"\n")).replace(b"\n", CRLF)


def _alone(entity: bytes) -> bytes:
    return OUTER + entity


def _crossing(entity: bytes) -> bytes:
    """Two multiparts, the inner one closed only behind the end of the outer one."""
    inner = b'Content-Type: multipart/mixed; boundary="inner"\r\n\r\n--inner\r\n' + _HELLO
    return b"--outer\r\n" + inner + b"--outer--\r\n--inner\r\n" + entity + b"\r\n--inner--\r\n"


def _shadowed(entity: bytes) -> bytes:
    """An inner multipart whose boundary begins with the outer one's."""
    inner = b'Content-Type: multipart/mixed; boundary="outer-1"\r\n\r\n'
    return b"--outer\r\n" + inner + parts(entity, b"outer-1") + b"\r\n--outer--\r\n"


_ABC = b"multipart/mixed; boundary=abc"
_B = b"--" + _BOUNDARY
_GIVEN = "boundary that is given oddly"
_WHERE = "parts where none should be"
_ROUND = "multipart that is not one"

MULTIPARTS: tuple[Form[Framing], ...] = (
    Form(_GIVEN, "none", _titled(b"Content-Type: multipart/mixed")),
    Form(_GIVEN, "another one", _param(b"boundary=other")),
    Form(_GIVEN, "two, the first counts", _param(b"boundary=a1; boundary=b1", b"a1")),
    Form(_GIVEN, "two, the last counts", _param(b"boundary=a1; boundary=b1", b"b1")),
    Form(_GIVEN, "in pieces", _param(b"boundary*0=ab; boundary*1=cd", b"abcd")),
    Form(_GIVEN, "in pieces, out of order", _param(b"boundary*1=cd; boundary*0=ab", b"abcd")),
    Form(_GIVEN, "pieces beside a whole, pieces", _param(b"boundary=x; boundary*0=y", b"y")),
    Form(_GIVEN, "pieces beside a whole, whole", _param(b"boundary=x; boundary*0=y", b"x")),
    Form(_GIVEN, "percent-encoded", _param(b"boundary*=us-ascii''%61bc", b"abc")),
    Form(_GIVEN, "percent-encoded, as it stands", _param(b"boundary=%61bc", b"%61bc")),
    Form(_GIVEN, "percent-encoded, no charset", _param(b"boundary*=%61bc", b"abc")),
    Form(_GIVEN, "an encoded-word", _param(b'boundary="=?us-ascii?Q?abc?="', b"abc")),
    Form(_GIVEN, "an encoded-word, as it stands", _param(b'boundary="=?a?Q?b?="', b"=?a?Q?b?=")),
    Form(_GIVEN, "single quotes", _param(b"boundary='abc'", b"abc")),
    Form(_GIVEN, "single quotes that belong", _param(b"boundary='abc'", b"'abc'")),
    Form(_GIVEN, "quotes that belong", _param(b'boundary="abc"', b'"abc"')),
    Form(_GIVEN, "half a quote", _param(b'boundary="abc', b"abc")),
    Form(_GIVEN, "an escape", _param(b'boundary="a\\bc"', b"abc")),
    Form(_GIVEN, "an escape that belongs", _param(b'boundary="a\\bc"', b"a\\bc")),
    Form(_GIVEN, "a comment behind", _param(b"boundary=abc (it is)", b"abc")),
    Form(_GIVEN, "a comment in the middle", _param(b"boundary=a(b)c", b"ac")),
    Form(_GIVEN, "a comment that belongs", _param(b"boundary=a(b)c", b"a(b)c")),
    Form(_GIVEN, "a blank at its end", _param(b'boundary="abc "', b"abc")),
    Form(_GIVEN, "a blank at its end that belongs", _param(b'boundary="abc "', b"abc ")),
    Form(_GIVEN, "blanks in it", _param(b"boundary=abc def", b"abc")),
    Form(_GIVEN, "blanks in it that belong", _param(b"boundary=abc def", b"abc def")),
    Form(_GIVEN, "blanks round the =", _param(b"boundary = abc", b"abc")),
    Form(
        _GIVEN,
        "no semicolon before",
        _typed(b"multipart/mixed boundary=abc"),
    ),
    Form(
        _GIVEN,
        "commas for semicolons",
        _typed(b"multipart/mixed, boundary=abc"),
    ),
    Form(_GIVEN, "its name in capitals", _param(b"BOUNDARY=abc", b"abc")),
    Form(_GIVEN, "in quotes, name and all", _param(b'"boundary"=abc', b"abc")),
    Form(_GIVEN, "folded in the middle", _param(b'boundary="abc\r\n def"', b"abc def")),
    Form(_GIVEN, "folded in the middle, joined", _param(b'boundary="abc\r\n def"', b"abcdef")),
    Form(_GIVEN, "a NUL in it", _param(b'boundary="a\0bc"', b"abc")),
    Form(_GIVEN, "8-bit", _param(b'boundary="\xe4\xf6"', b"\xe4\xf6")),
    Form(_GIVEN, "empty", _param(b'boundary=""', b"")),
    Form(_GIVEN, "200 letters", _param(b"boundary=" + b"x" * 200, b"x" * 200)),
    Form(_WHERE, "before the first", _body(lambda one: one + CRLF + parts(b"\r\nHello"))),
    Form(_WHERE, "behind the last", _body(lambda one: parts(b"\r\nHello") + _B + CRLF + one)),
    Form(_WHERE, "behind the last, bare", _body(lambda one: parts(b"\r\nHello") + one)),
    Form(_WHERE, "never closed", _body(lambda one: _B + CRLF + one + CRLF)),
    Form(_WHERE, "closed before", _body(lambda one: _B + b"--\r\n" + one + CRLF)),
    Form(
        _WHERE, "blanks behind the delimiter", _body(lambda one: parts(one).replace(_B, _B + b" "))
    ),
    Form(
        _WHERE, "blanks before the delimiter", _body(lambda one: parts(one).replace(_B, b" " + _B))
    ),
    Form(
        _WHERE,
        "text behind the delimiter",
        _body(lambda one: parts(one).replace(_B + CRLF, _B + b"x\r\n")),
    ),
    Form(_WHERE, "delimiters at LF", _changed(CRLF + _B, b"\n" + _B)),
    Form(_WHERE, "delimiters at CR", _changed(_B + CRLF, _B + b"\r")),
    Form(_WHERE, "crossing parts", _body(_crossing, b"outer")),
    Form(_WHERE, "a boundary that begins another", _body(_shadowed, b"outer")),
    Form(
        _ROUND,
        "an unknown subtype",
        _typed(b"multipart/x-odd; boundary=abc"),
    ),
    Form(_ROUND, "no subtype", _typed(b"multipart; boundary=abc")),
    Form(_ROUND, "mixed alone", _typed(b"mixed; boundary=abc")),
    Form(
        _ROUND,
        "a text with a boundary",
        _typed(b"text/plain; boundary=abc"),
    ),
    Form(
        _ROUND,
        "a text, then multipart",
        _two(b"text/plain", _ABC),
    ),
    Form(
        _ROUND,
        "multipart, then a text",
        _two(_ABC, b"text/plain"),
    ),
    Form(
        _ROUND,
        "two multiparts, the last counts",
        _two(_ABC, b"multipart/mixed; boundary=def", b"def"),
    ),
    Form(_ROUND, "no type at all", _titled(boundary=b"abc")),
    Form(_ROUND, "in base64", _encoded(b"base64", _base64)),
    Form(_ROUND, "in quoted-printable", _encoded(b"quoted-printable", _quoted)),
    Form(_ROUND, "base64, but it is not", _encoded(b"base64", bytes)),
    Form(_ROUND, "the entity is the message", _alone),
)
