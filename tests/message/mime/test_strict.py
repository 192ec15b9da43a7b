from __future__ import annotations

import pytest
from tests.hiding import encodings, headings, multiparts
from tests.hiding.model import Encoded

from clamgate.message.mime.strict import is_canonical

HEAD = b"From: a@example.test\r\nSubject: x\r\n"
TEXT = b"Hello there,\r\n\r\nthis is a text.\r\n"

PARTS = b"--x\r\nContent-Type: text/plain\r\n\r\na\r\n--x--\r\n"


def entity(fields: bytes, body: bytes) -> bytes:
    return HEAD + fields + b"\r\n" + body


@pytest.mark.parametrize(
    "message",
    [
        entity(b"", TEXT),
        entity(b"Content-Type: text/plain; charset=utf-8\r\n", TEXT),
        entity(b'Content-Type: text/html;\r\n charset="utf-8"\r\n', TEXT),
        entity(b"Content-Type: multipart/mixed; boundary=x\r\n", PARTS),
        entity(b"Content-Disposition: attachment; filename=a.txt\r\n", TEXT),
        entity(b"Content-Transfer-Encoding: 8bit\r\n", b"gr\xc3\xbc\xc3\x9fe\r\n"),
        entity(b"Content-Transfer-Encoding: base64\r\n", b"YWJjYWJj\r\nYWI=\r\n"),
        entity(b"Content-Transfer-Encoding: base64\r\n", b""),
        entity(b"Content-Transfer-Encoding: quoted-printable\r\n", b"a=3D=\r\nb\r\n"),
        multiparts.plain(headings.plain(encodings.plain(bytes(range(256)) * 9))),
    ],
)
def test_what_all_programs_read_alike(message: bytes) -> None:
    assert is_canonical(message)


@pytest.mark.parametrize(
    "message",
    [
        entity(b"Content-Type: text/plain\r\nContent-Type: text/plain\r\n", TEXT),
        entity(b"Content-Type: text/plain (a note)\r\n", TEXT),
        entity(b"Content-Disposition: hidden\r\n", TEXT),
        entity(b"Content-Disposition: form-data; name=x\r\n", TEXT),
        entity(b"Content-Transfer-Encoding: base64\r\n", b"YWJj YWJj\r\n"),
        entity(b"Content-Transfer-Encoding: base64\r\n", b"YWJ\r\nYWI\r\n"),
        entity(b"Content-Transfer-Encoding: base64\r\n", b"YWI=\r\nYWI=\r\n"),
        entity(b"Content-Transfer-Encoding: base64\r\n", b"YWJj\r\nYWJjYWJj\r\n"),
        entity(b"Content-Transfer-Encoding: base64\r\n", b"YWJj\n\rYWJj\r\n"),
        entity(b"Content-Transfer-Encoding: base64\r\n", b"eJ8+IgEA\r\n"),
        entity(b"Content-Transfer-Encoding: x-base64\r\n", b"YWJj\r\n"),
        entity(b"Content-Transfer-Encoding: quoted-printable\r\n", b"a=3d\r\n"),
        entity(b"", b"A" * 60 + b"\r\n"),
        entity(b"", b"begin 644 a\r\n#86)C\r\n`\r\nend\r\n"),
        entity(b"", b"Content-Type: text/html\r\n\r\n" + TEXT),
        entity(b"", b"From: b@example.test\r\n\r\n" + TEXT),
        entity(b"", b"\r\n" * 300 + b"Content-Type: text/html\r\n\r\n" + TEXT),
        b"\r\n" * 300 + entity(b"", TEXT),
        multiparts.plain(b"Content-Type: message/rfc822\r\n\r\n" + entity(b"", TEXT)),
        multiparts.plain(b"Content-Type: message/delivery-status\r\n\r\nA: b\r\n"),
        entity(b"Content-Type: multipart/parallel; boundary=x\r\n", PARTS),
        entity(b"Content-Type: multipart/report; boundary=x\r\n", PARTS),
        entity(b"", b"a\nb\r\n"),
        entity(b"", b"a\rb\r\n"),
        entity(b"", b"a\0b\r\n"),
        entity(b"", b"a\rb\r\nc\nd\r\n"),
        entity(b"X: a\rb\nc\r\n", TEXT),
        entity(b"X: a\0b\r\n", TEXT),
        entity(b"X: a\r\n \r\n", TEXT),
        entity(b"X: a\r\n", b"")[:-4] + b"\n",
        entity(b"X y: z\r\n", TEXT),
        entity(b"no field\r\n", TEXT),
        entity(b"Content-Type: multipart/mixed; boundary=x\r\n", TEXT),
        entity(b"Content-Type: multipart/odd; boundary=x\r\n", b"--x\r\n\r\na\r\n--x--\r\n"),
        entity(b"Content-Type: application/pkcs7-mime\r\n", TEXT),
        entity(b"Content-Type: message/partial\r\n", TEXT),
        multiparts.plain(headings.plain(encodings.plain(b"x"))).replace(b"--=_the.limit--", b""),
        multiparts.plain(headings.plain(Encoded((), b"a part without a header"))),
        b"",
        b"no header at all",
    ],
)
def test_what_programs_may_read_in_different_ways(message: bytes) -> None:
    assert not is_canonical(message)


def test_depth_is_bounded() -> None:
    message = b"Content-Type: text/plain\r\n\r\n" + TEXT
    for number in range(100):
        mark = b"x%d" % number
        kind = b"Content-Type: multipart/mixed; boundary=" + mark
        parts = b"--" + mark + b"\r\n" + message + b"\r\n--" + mark + b"--\r\n"
        message = kind + b"\r\n\r\n" + parts
        assert is_canonical(message) == (number < 20)
