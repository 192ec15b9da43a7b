"""Ways to wrap a whole message once more."""

from __future__ import annotations

from base64 import encodebytes

from tests.hiding.model import CRLF, OUTER, Form, Framing
from tests.hiding.multiparts import parts, plain

_IN_BASE64 = b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"


def _as(kind: bytes) -> Framing:
    """Attach the message as an entity of this type."""
    return lambda message: plain(b"Content-Type: " + kind + b"\r\n\r\n" + message)


def _as_base64(kind: bytes) -> Framing:
    def build(message: bytes) -> bytes:
        return plain(b"Content-Type: " + kind + _IN_BASE64 + _lines(message))

    return build


def _lines(data: bytes) -> bytes:
    return encodebytes(data).replace(b"\n", CRLF)


def _digest(message: bytes) -> bytes:
    head = OUTER + b"Content-Type: multipart/digest; boundary=abc\r\n\r\n"
    return head + b"--abc\r\n\r\n" + message + b"\r\n--abc--\r\n"


def _signed(message: bytes) -> bytes:
    head = OUTER + b'Content-Type: multipart/signed; boundary=abc; micalg=x; protocol="x/y"\r\n\r\n'
    return head + parts(b"Content-Type: message/rfc822\r\n\r\n" + message, b"abc")


def _deep(message: bytes) -> bytes:
    for level in range(12):
        boundary = b"level-%d" % level
        inner = b"Content-Type: message/rfc822\r\n\r\n" + message
        message = OUTER + b"Content-Type: multipart/mixed; boundary=" + boundary + CRLF + CRLF
        message += parts(inner, boundary)
    return message


def signed_data(message: bytes) -> bytes:
    """Return CMS signed data (RFC 5652) with no certificate and no signer, in DER."""
    content = _der(0x30, _OID_DATA + _der(0xA0, _der(0x04, message)))
    signed = _der(0x30, _der(0x02, b"\x01") + _der(0x31, b"") + content + _der(0x31, b""))
    return _der(0x30, _OID_SIGNED + _der(0xA0, signed))


def _smime(message: bytes) -> bytes:
    data = signed_data(message)
    kind = b'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"'
    return OUTER + kind + _IN_BASE64 + _lines(data)


def tnef_of(file: bytes, name: bytes = b"a.eml") -> bytes:
    """Return Outlook's winmail.dat with a file as its one attachment (MS-OXTNEF)."""
    data = b"\x78\x9f\x3e\x22\x01\x00"
    attributes = ((0x00069002, b"\0" * 14), (0x00018010, name + b"\0"), (0x0006800F, file))
    for kind, value in attributes:
        data += b"\x02" + kind.to_bytes(4, "little") + len(value).to_bytes(4, "little") + value
        data += (sum(value) & 0xFFFF).to_bytes(2, "little")
    return data


def _tnef(message: bytes) -> bytes:
    kind = b"Content-Type: application/ms-tnef; name=winmail.dat"
    return plain(kind + _IN_BASE64 + _lines(tnef_of(message)))


def _der(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 128:
        return bytes((tag, size)) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + value


_OID_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
_OID_SIGNED = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
_NESTED = "messages in messages"
_WRAPPED = "TNEF and S/MIME"

CONTAINERS: tuple[Form[Framing], ...] = (
    Form(_NESTED, "message/rfc822", _as(b"message/rfc822")),
    Form(_NESTED, "message/rfc822 in base64", _as_base64(b"message/rfc822")),
    Form(_NESTED, "message/global", _as(b"message/global")),
    Form(_NESTED, "message/x-unknown", _as(b"message/x-unknown")),
    Form(_NESTED, "as a file", _as_base64(b'application/octet-stream; name="a.eml"')),
    Form(_NESTED, "as a text", _as(b'text/plain; name="a.eml"')),
    Form(_NESTED, "a digest", _digest),
    Form(_NESTED, "multipart/signed", _signed),
    Form(_NESTED, "twelve deep", _deep),
    Form(_WRAPPED, "S/MIME, opaque", _smime),
    Form(_WRAPPED, "TNEF", _tnef),
)
