from __future__ import annotations

import pytest
from tests.hiding.model import OUTER

from clamgate.message.mime.limits import Limits, Meter
from clamgate.message.mime.programs import gist, shown_by_both

FILE = b"a file of some bytes"


def shown(message: bytes, limits: Limits | None = None) -> bool:
    agreed = shown_by_both(message, lambda: Meter(limits or Limits(), len(message)))
    return gist(FILE) in agreed


def mail(fields: bytes, body: bytes) -> bytes:
    return OUTER + fields + b"\r\n\r\n" + body


def parted(fields: bytes = b"Content-Type: image/png") -> bytes:
    return b"--x\r\n\r\nhello\r\n--x\r\n" + fields + b"\r\n\r\n" + FILE + b"\r\n--x--\r\n"


MIXED = b"Content-Type: multipart/mixed; boundary="


@pytest.mark.parametrize(
    ("message", "agree"),
    [
        (mail(b"Content-Type: image/png", FILE), True),
        (mail(MIXED + b"x", parted()), True),
        (mail(MIXED + b'"x"', parted()), True),
        (mail(b"Content-type : multipart/mixed; boundary=x", parted()), False),
        (mail(MIXED + b"y; boundary=x", parted()), False),
        (mail(MIXED + b"x; boundary=y", parted()), False),
        (mail(MIXED + b"'x'", parted()), False),
        (mail(MIXED + b"x", parted(b"no field at all\r\nContent-Type: image/png")), False),
        (
            mail(
                b"Content-Type: message/rfc822",
                b"Subject: x\r\n" + MIXED + b"x\r\n\r\n" + parted(),
            ),
            True,
        ),
        (mail(b"Content-Transfer-Encoding: base64 (really)", b"YSBmaWxl"), False),
        (mail(b"Content-Transfer-Encoding: x-unknown", FILE), True),
    ],
)
def test_what_both_show(message: bytes, agree: bool) -> None:  # noqa: FBT001  a row
    assert shown(message) is agree


def test_an_encoding() -> None:
    encoded = b"YSBmaWxlIG9m\r\nIHNvbWUgYnl0ZXM=\r\n"
    assert shown(mail(b"Content-Transfer-Encoding: BASE64", encoded))
    assert not shown(mail(b"Content-Transfer-Encoding: base64", b"YSBm!" + encoded[4:]))
    assert shown(mail(b"Content-Transfer-Encoding: quoted-printable", FILE.replace(b"b", b"=62")))
    assert not shown(mail(b"Content-Transfer-Encoding: quoted-printable", FILE + b"=3d"))


def test_what_a_bound_cuts_off_is_not_shown() -> None:
    assert not shown(mail(MIXED + b"x", parted()), Limits(entities=2))


def test_line_ends_and_blanks_round_it_make_no_other_file() -> None:
    assert gist(b"\r\na\r\nb\r\n") == gist(b"a\nb")
    assert gist(b"a") != gist(b"b")
