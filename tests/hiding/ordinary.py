"""Mail as mail programs write it, of all kinds at random, with a file somewhere in it.

Nothing in it is odd, so whatever of it is canonical must be found by clamd in the whole.
"""

from __future__ import annotations

from base64 import encodebytes
from binascii import b2a_qp
from random import Random

from tests.hiding.model import CRLF

_TOP = (
    "From: sender@example.test",
    "To: rcpt@example.test",
    "Subject: a file",
    "Date: Fri, 1 Jan 2021 00:00:00 +0000",
    "MIME-Version: 1.0",
    "Message-ID: <1@example.test>",
    "Received: from a by b",
    "X-Mailer: x",
    "Return-Path: <sender@example.test>",
    "Delivered-To: rcpt@example.test",
    "Content-Language: en",
    "Content-Class: urn:content-classes:message",
)
_TYPES = (
    *("text/plain", "text/html", "text/csv", "text/calendar", "text/xml", "text/rfc822-headers"),
    *("TEXT/PLAIN", "image/png", "image/svg+xml", "audio/mpeg", "video/mp4", "font/woff"),
    *("application/octet-stream", "application/zip", "application/pdf", "application/json"),
    *("application/x-msdownload", "application/pgp-signature", "application/applefile"),
    *("message/delivery-status", "message/disposition-notification", "message/feedback-report"),
)
_MULTIPARTS = ("mixed", "mixed", "alternative", "related", "report", "parallel", "form-data")
_ENCODINGS = ("", "7bit", "8bit", "binary", "base64", "BASE64", "quoted-printable")
_PARAMETERS = (
    *(
        "charset=utf-8",
        'charset="us-ascii"',
        "charset=utf-16",
        "charset=x-unknown",
        "format=flowed",
    ),
    *("name=a.exe", 'name="a b.pdf"', "type=text/html", 'start="<a@b>"', "method=REQUEST"),
    *("report-type=x", "size=5", "number=1", "total=2", "id=x", "access-type=URL"),
)
_DISPOSITIONS = (
    *("attachment", "inline", "attachment; filename=a.exe", 'inline; filename="b.txt"'),
    *("ATTACHMENT; FILENAME=A", "attachment; size=3", "hidden", "form-data; name=x", "x"),
)
_FIELDS = (
    *("Content-ID: <a@b>", "Content-Description: a file", "Content-Location: x", "Lines: 3"),
    *("X-Attachment-Id: 1", "Content-Length: 3", "Subject: x", "From: x@example.test"),
    *("MIME-Version: 1.0", "Received: x", "Content-MD5: Q2hlY2s=", "Content-Duration: 1"),
)
_OTHERS = (b"hello there", b"<html>x</html>", b"\x89PNG")
_MAX_DEPTH = 3


def message(chance: Random, file: bytes) -> bytes:
    """Return a message that holds a file (of one line, if it is to stand there as it is)."""
    return _header(chance) + _entity(chance, file, 0)


def _header(chance: Random) -> bytes:
    return b"".join(
        field.encode() + CRLF for field in chance.sample(_TOP, chance.randint(1, len(_TOP)))
    )


def _entity(chance: Random, file: bytes, depth: int) -> bytes:
    kind = chance.random()
    if depth > _MAX_DEPTH or kind < 0.35:
        return _leaf(chance, file)
    if kind < 0.45:
        inner = _header(chance) + _entity(chance, file, depth + 1)
        return b"Content-Type: message/rfc822" + CRLF * 2 + inner
    return _multipart(chance, file, depth)


def _leaf(chance: Random, file: bytes) -> bytes:
    fields = chance.sample(_FIELDS, chance.choice((0, 0, 1, 2)))
    encoding = chance.choice(_ENCODINGS)
    if encoding:
        fields.append(f"Content-Transfer-Encoding: {encoding}")
    if chance.random() < 0.9:
        parameters = chance.sample(_PARAMETERS, chance.choice((0, 0, 1, 2)))
        fields.append("; ".join((f"Content-Type: {chance.choice(_TYPES)}", *parameters)))
    if chance.random() < 0.6:
        fields.append(f"Content-Disposition: {chance.choice(_DISPOSITIONS)}")
    chance.shuffle(fields)
    header = b"".join(field.encode() + CRLF for field in fields)
    return header + CRLF + _encoded(file, encoding.lower()) + chance.choice((CRLF, b"", CRLF * 2))


def _encoded(file: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return encodebytes(file).replace(b"\n", CRLF)
    return b2a_qp(file).replace(b"\n", CRLF) if encoding == "quoted-printable" else file


def _multipart(chance: Random, file: bytes, depth: int) -> bytes:
    boundary = b"b%06d" % chance.randrange(10**6)
    parts = [_leaf(chance, chance.choice(_OTHERS)) for _ in range(chance.randint(0, 3))]
    parts.append(_entity(chance, file, depth + 1))
    chance.shuffle(parts)
    kind = f"Content-Type: multipart/{chance.choice(_MULTIPARTS)}; boundary=".encode()
    mark = chance.choice((b'"%b"' % boundary, boundary))
    preamble = chance.choice((b"", b"This is a multi-part message in MIME format." + CRLF))
    body = b"".join(b"--" + boundary + CRLF + part + CRLF for part in parts)
    return kind + mark + CRLF * 2 + preamble + body + b"--" + boundary + b"--" + CRLF
