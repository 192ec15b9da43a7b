"""The Received field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clamgate.harness.mta.known import Client, Login, Tls
from clamgate.harness.mta.received import Arrival, Hello, received_field

WHEN = datetime(2026, 11, 25, 4, 5, 6, tzinfo=UTC)
PLAIN = Arrival(
    Client("192.0.2.7", 4711, "192.0.2.1", 25), Hello(b"c.test", extended=True), None, None, False
)
TLS = Tls("TLSv1.3", "AES", 256)
LOGIN = Login(b"al", "PLAIN")


def test_one_recipient_is_named() -> None:
    assert received_field(PLAIN, "mx.test", "4F", (b"a@x",), WHEN) == (
        b"Received: from c.test (unknown [192.0.2.7])\n"
        b"\tby mx.test (clamgate) with ESMTP id 4F\n"
        b"\tfor <a@x>; Wed, 25 Nov 2026 04:05:06 +0000"
    )


def test_several_are_not() -> None:
    six = Client("2001:db8::7", 1, "::", 25, "c.test")
    arrival = replace(PLAIN, client=six, hello=None, tls=TLS)
    assert received_field(arrival, "mx.test", "4F", (b"a@x", b"b@x"), WHEN) == (
        b"Received: from c.test (c.test [IPv6:2001:db8::7])\n"
        b"\t(using TLSv1.3 with cipher AES (256/256 bits))\n"
        b"\tby mx.test (clamgate) with SMTP id 4F;\n"
        b"\tWed, 25 Nov 2026 04:05:06 +0000"
    )


@pytest.mark.parametrize(
    ("arrival", "protocol"),
    [
        (replace(PLAIN, tls=TLS), b"ESMTPS"),
        (replace(PLAIN, login=LOGIN), b"ESMTPA"),
        (replace(PLAIN, tls=TLS, login=LOGIN), b"ESMTPSA"),
        (replace(PLAIN, utf8=True, tls=TLS), b"UTF8SMTPS"),
        (replace(PLAIN, hello=Hello(b"c", extended=False), login=LOGIN), b"SMTP"),
    ],
)
def test_protocols(arrival: Arrival, protocol: bytes) -> None:
    field = received_field(arrival, "mx.test", "4F", (), WHEN)
    assert b" with " + protocol + b" id 4F" in field
