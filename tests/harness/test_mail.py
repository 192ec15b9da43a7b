"""Mail as values: how a file is cut into fields and body, and a body into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.harness.mail import CHUNK, Message, split_eml


def test_fields_keep_their_leading_space_and_folds_carry_lf() -> None:
    raw = b"Subject: one\r\n two\r\n\tthree\r\nX:no\r\nY:  2\r\nZ:\t\r\nE:\r\n\r\nbody\r\n"
    assert split_eml(raw) == (
        (
            (b"Subject", b" one\n two\n\tthree"),
            (b"X", b"no"),
            (b"Y", b"  2"),
            (b"Z", b"\t"),
            (b"E", b""),
        ),
        b"body\r\n",
    )


def test_lf_will_do_for_crlf() -> None:
    assert split_eml(b"A: b\n\nc\nd\n") == split_eml(b"A: b\r\n\r\nc\r\nd\r\n")


@pytest.mark.parametrize(
    ("raw", "fields", "body"),
    [
        (b"", (), b""),
        (b"A: b\n", ((b"A", b" b"),), b""),
        (b"A: b\n\n", ((b"A", b" b"),), b""),
        (b"A: b", ((b"A", b" b"),), b""),
        (b"\nbody", (), b"body\r\n"),
        (b"no field\nA: b\n", (), b"no field\r\nA: b\r\n"),
        (b"A: b\nno field\n", ((b"A", b" b"),), b"no field\r\n"),
        (b" folded nothing\n", (), b" folded nothing\r\n"),
        (b"A b: c\n", (), b"A b: c\r\n"),
        (b"A : b\n", ((b"A", b" b"),), b""),
        (b": b\n", (), b": b\r\n"),
        (b"\xe9: b\n", (), b"\xe9: b\r\n"),
        (b"A: b\0c\n\nd\0e\n", ((b"A", b" b"),), b"d\0e\r\n"),
        (b"A: b\n\n\n\nc", ((b"A", b" b"),), b"\r\n\r\nc\r\n"),
        (b"From x\nReturn-Path: <y>\nA: b\n\n", ((b"A", b" b"),), b""),
        (b"A: \xff\n\n\x80\n", ((b"A", b" \xff"),), b"\x80\r\n"),
    ],
)
def test_odd_messages_are_cut_as_postfix_cuts_them(
    raw: bytes, fields: tuple[tuple[bytes, bytes], ...], body: bytes
) -> None:
    assert split_eml(raw) == (fields, body)


@given(st.binary(max_size=300))
def test_any_bytes_can_be_sent(raw: bytes) -> None:
    fields, body = split_eml(raw)
    for name, value in fields:
        assert b"\0" not in name + value
        assert name
    assert not body or body.endswith(b"\r\n")


def test_a_body_goes_in_full_pieces_and_a_rest() -> None:
    body = b"x" * CHUNK + b"y"
    assert list(Message(body=body).chunks()) == [b"x" * CHUNK, b"y"]
    assert list(Message(body=b"x" * CHUNK).chunks()) == [b"x" * CHUNK]
    assert list(Message().chunks()) == []


def test_a_file_becomes_a_message_with_an_envelope() -> None:
    message = Message.from_eml(b"A: b\n\nc\n")
    assert (message.fields, message.body) == (((b"A", b" b"),), b"c\r\n")
    assert message.sender == b"<sender@example.org>"
    assert message.recipients == (b"<rcpt@example.net>",)
