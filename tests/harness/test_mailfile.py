"""How a file is cut into fields and body, piece by piece."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.harness.mailfile import MAX_FIELD, Field, MailFile, crlf_pieces


def read(raw: bytes) -> tuple[list[Field], bytes]:
    mail = MailFile(io.BytesIO(raw))
    return list(mail.fields()), b"".join(mail.body())


def test_fields_folds_and_body() -> None:
    assert read(b"Subject: one\r\n\ttwo\r\nX:\r\nY :y\r\n\r\nbody\r\n") == (
        [(b"Subject", b" one\n\ttwo"), (b"X", b""), (b"Y", b"y")],
        b"body\r\n",
    )


@pytest.mark.parametrize("line", [b"From x Tue Nov 24\n", b">From x\r\n", b"From " + b"x" * 70000])
def test_an_mbox_line_is_left_out(line: bytes) -> None:
    raw = line.rstrip() + b"\nA: b\n\nc"
    assert read(raw) == ([(b"A", b" b")], b"c\r\n")


def test_a_field_that_looks_like_one_is_a_field() -> None:
    assert read(b"From : a@example.org\n\n") == ([(b"From", b" a@example.org")], b"")


def test_what_postfix_takes_out_is_kept_aside() -> None:
    mail = MailFile(io.BytesIO(b"Return-Path: <a>\nBCC: x\nA: b\ncontent-length : 3\n\nbody"))
    assert list(mail.fields()) == [(b"A", b" b")]
    assert mail.dropped == [(b"Return-Path", b" <a>"), (b"BCC", b" x"), (b"content-length", b" 3")]


@pytest.mark.parametrize(
    ("raw", "fields", "body"),
    [
        (b"A: b\nno field\nC: d\n", 1, b"no field\r\nC: d\r\n"),
        (b"\nbody", 0, b"body\r\n"),
        (b"just text", 0, b"just text\r\n"),
        (b" starts with a space\n", 0, b" starts with a space\r\n"),
        (b"A: b\n \nC: d\n\nx", 2, b"x\r\n"),
        (b"A: b\r\r\n\r\r\nx", 1, b"x\r\n"),
        (b"", 0, b""),
        (b"\r", 0, b"\r\n"),
        (b"A: b\n", 1, b""),
    ],
)
def test_where_the_header_ends(raw: bytes, fields: int, body: bytes) -> None:
    found, rest = read(raw)
    assert (len(found), rest) == (fields, body)


def test_a_long_field_is_cut_and_the_next_one_is_found() -> None:
    (long, short), body = read(b"A: " + b"x" * 200_000 + b"\nB: c\n\nbody\n")
    assert len(b"A:" + long[1]) == MAX_FIELD
    assert (short, body) == ((b"B", b" c"), b"body\r\n")


def test_folds_beyond_the_longest_field_are_left_out_whole() -> None:
    (field,), _ = read(b"A: x\n" + b" " + b"y" * 30_000 + b"\n" + b" z" * 20_000 + b"\n w\n")
    assert field == (b"A", b" x\n " + b"y" * 30_000)


def test_a_long_line_that_is_no_field_is_the_body_whole() -> None:
    raw = b"x" * 200_000
    assert read(raw) == ([], raw + b"\r\n")


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        (b"one\ntwo\r\n", b"one\r\ntwo\r\n"),
        (b"one\r\r\r\ntwo", b"one\r\ntwo\r\n"),
        (b"one\rtwo\r", b"one two\r\n"),
        (b"x" * 65535 + b"\r\ny", b"x" * 65535 + b"\r\ny\r\n"),
        (b"x" * 65535 + b"\ry", b"x" * 65535 + b" y\r\n"),
        (b"\r" * 200_000 + b"y", b" " * 200_000 + b"y\r\n"),
        (b"\r" * 200_000 + b"\n", b"\r\n"),
    ],
)
def test_line_ends(raw: bytes, sent: bytes) -> None:
    assert b"".join(crlf_pieces(io.BytesIO(raw))) == sent


@given(st.text("a\r\n", max_size=40).map(str.encode), st.text("a\r\n", max_size=40).map(str.encode))
def test_line_ends_do_not_depend_on_where_the_pieces_are_cut(first: bytes, rest: bytes) -> None:
    if not first:
        first, rest = rest, first
    sent = b"".join(crlf_pieces(io.BytesIO(rest), first))
    whole = first + rest
    if whole and not whole.endswith(b"\n"):
        whole += b"\n"
    assert sent == re.sub(rb"\r*\n", b"\n", whole).replace(b"\r", b" ").replace(b"\n", b"\r\n")
