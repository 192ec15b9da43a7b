"""Mail files are cut as a real Postfix cuts the same lines, come by SMTP, for its filter."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from io import BytesIO

import pytest
from tests.postfix import PrivatePostfix, why_not
from tests.scripted_milter import ScriptedMilter
from tests.sink import Sink

from clamgate.harness.mail import split_eml
from clamgate.harness.mailfile import Field, crlf_pieces
from clamgate.harness.wire import Body, Discard, EndOfMessage, Header, Options, Steps

pytestmark = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")

LEADING_SPACE = Options(steps=Steps.HDR_LEADSPC)


@pytest.fixture(scope="module")
def milter() -> Iterator[ScriptedMilter]:
    with ScriptedMilter({EndOfMessage: (Discard(),)}, wants=LEADING_SPACE) as running:
        yield running


@pytest.fixture(scope="module")
def postfix(milter: ScriptedMilter) -> Iterator[PrivatePostfix]:
    settings = {"local_header_rewrite_clients": ""}  # or From, Date and Message-Id would be added
    with (
        Sink() as sink,
        PrivatePostfix(sink.port, smtpd_milters=milter.postfix_name, settings=settings) as running,
    ):
        yield running


def seen_by_filter(
    milter: ScriptedMilter, postfix: PrivatePostfix, raw: bytes
) -> tuple[tuple[Field, ...], bytes]:
    """Send lines as they are, but for their ends, and return what Postfix made of them."""
    milter.teach({EndOfMessage: (Discard(),)}, LEADING_SPACE)
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=60) as client:
        client.ehlo("client.example.org")
        client.mail("sender@example.org", ["BODY=8BITMIME"])
        client.rcpt("rcpt@example.net")
        code, reply = client.data(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        assert code == 250, reply
    milter.wait_for_sessions(1)
    sent = milter.commands()
    fields = tuple((it.name, it.value) for it in sent if isinstance(it, Header))
    body = b"".join(it.data for it in sent if isinstance(it, Body | EndOfMessage))
    return fields, body


@pytest.mark.parametrize(
    "raw",
    [
        b"A: b\nB:\nC: \nD:\t\nE \t: f\nF: one\n two\n\tthree\n\nbody\n",
        b"A: b\nno field\nC: d\n",
        b"A: b\n \nC: d\n\nbody",
        b" A: b\nC: d\n\nbody\n",
        b": b\nB: c\n\nbody",
        b"A\xe9: b\nB: c\n\nbody",
        b"A: \xff\xe9\n\n\x80\xfe\n",
        b"A: b\r\r\nC: d\r\r\n\r\r\none\r\r\ntwo\r\n",
        b"A: b\rC: d\n\none\rtwo\r\n",
        b"A: b\0c\nB\0: d\n\ne\0f\n",
        b"A: " + b"x" * 300_000 + b"\nB: c\n\nbody\n",
        b"A: x\n" + b" yyyyyyyyy\n" * 30_000 + b"B: c\n\nbody\n",
        b"A: x\n\n" + b"z" * 300_000 + b"\nend",
        b"Bcc: a\nContent-Length: 3\nResent-Bcc: b\nReturn-Path : <x>\nBCC:q\nA: b\n\nbody\n",
        b"A: b\n\n.\n..\n.end\n",
        b"\n\n\n",
        b"",
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_postfix_hands_over_the_same(
    milter: ScriptedMilter, postfix: PrivatePostfix, raw: bytes
) -> None:
    assert seen_by_filter(milter, postfix, raw) == split_eml(raw)


def test_a_first_line_of_an_mbox_becomes_a_field_and_here_is_left_out(
    milter: ScriptedMilter, postfix: PrivatePostfix
) -> None:
    fields, body = seen_by_filter(milter, postfix, b"From a Tue Nov 24\nA: b\n\nbody\n")
    assert fields[0] == (b"X-Mailbox-Line", b" From a Tue Nov 24")
    assert (fields[1:], body) == split_eml(b"From a Tue Nov 24\nA: b\n\nbody\n")


def test_the_lines_of_a_file_and_those_of_its_wire_form_are_the_same(
    milter: ScriptedMilter, postfix: PrivatePostfix
) -> None:
    raw = b"A: b\n\n.one\rtwo\r\r\nthree"
    wire = b"".join(crlf_pieces(BytesIO(raw)))
    assert seen_by_filter(milter, postfix, wire) == split_eml(raw) == split_eml(wire)
