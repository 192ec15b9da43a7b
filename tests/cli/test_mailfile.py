from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.cli.mailfile import feed


@dataclass
class Receiver:
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)

    def header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def body(self, chunk: bytes) -> None:
        self.chunks.append(chunk)

    @property
    def whole_body(self) -> bytes:
        return b"".join(self.chunks)


def read(raw: bytes) -> Receiver:
    receiver = Receiver()
    feed(receiver, io.BytesIO(raw))
    return receiver


def test_fields_folds_and_body() -> None:
    got = read(b"Subject: one\r\n\ttwo\r\nX:\r\nY :y\r\n\r\nbody\r\n")
    assert got.headers == [(b"Subject", b" one\r\n\ttwo"), (b"X", b""), (b"Y", b"y")]
    assert got.whole_body == b"body\r\n"


def test_unix_line_ends_become_crlf() -> None:
    got = read(b"A: b\n\none\ntwo\r\n")
    assert got.headers == [(b"A", b" b")]
    assert got.whole_body == b"one\r\ntwo\r\n"


def test_an_mbox_line_is_left_out() -> None:
    assert read(b"From x Tue Nov 24\nA: b\n\nc").headers == [(b"A", b" b")]


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"A: b\nno field\nC: d\n", b"no field\r\nC: d\r\n"),
        (b"\nbody", b"body"),
        (b"just text", b"just text"),
        (b" starts with a space\n", b" starts with a space\r\n"),
        (b"", b""),
        (b"A: b\n", b""),
    ],
)
def test_where_the_header_ends(raw: bytes, body: bytes) -> None:
    assert read(raw).whole_body == body


def test_a_cr_at_the_end_of_a_read_is_not_doubled() -> None:
    raw = b"\n" + b"x" * 65535 + b"\r\n" + b"y"
    assert read(raw).whole_body == b"x" * 65535 + b"\r\ny"


@given(st.binary(max_size=300))
def test_a_body_keeps_all_but_its_line_ends(raw: bytes) -> None:
    got = read(b"A: b\n\n" + raw).whole_body
    assert got == re.sub(rb"\r?\n", b"\r\n", raw)
