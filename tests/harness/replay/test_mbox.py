"""Mail out of an mbox."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.harness.replay.mbox import begins_mbox, mails

LINE = b"From a@example.org Tue Nov 24 03:08:32 2026\n"
LIMIT = 10_000


def split(raw: bytes, limit: int = LIMIT) -> list[bytes | None]:
    return list(mails(BytesIO(raw), limit))


@pytest.mark.parametrize(
    ("start", "is_mbox"),
    [
        (LINE, True),
        (b"From - Tue Nov 24 3:08:32 2026\r\n", True),
        (b"From : a@example.org\n", False),
        (b"From the start\n", False),
        (b">" + LINE, False),
        (b"", False),
    ],
)
def test_what_begins_an_mbox(start: bytes, is_mbox: bool) -> None:  # noqa: FBT001
    assert begins_mbox(start) is is_mbox


def test_mails_are_cut_at_from_lines_after_an_empty_line() -> None:
    first = b"Subject: 1\n\nhello\nFrom a line at 10:00 that follows text\n\nFrom me\n"
    second = b"Subject: 2\n\n"
    raw = LINE + first + b"\n" + LINE + second + LINE + b"A: b\n"
    assert split(raw) == [first, second, b"A: b\n"]


def test_crlf_will_do() -> None:
    line = LINE.replace(b"\n", b"\r\n")
    assert split(line + b"A: b\r\n\r\nx\r\n\r\n" + line + b"\r\ny") == [
        b"A: b\r\n\r\nx\r\n",
        b"\r\ny",
    ]


def test_quoted_from_lines_lose_one_mark_and_only_in_the_body() -> None:
    assert split(LINE + b">From: x\n\n>From a\n>>From b\n>Fromage\n> From c\n") == [
        b">From: x\n\nFrom a\n>From b\n>Fromage\n> From c\n"
    ]


def test_a_content_length_that_leads_to_the_next_mail_is_believed() -> None:
    body = b"x\n\n" + LINE + b">From here\n"
    raw = LINE + b"Content-Length: %d\n\n" % len(body) + body + b"\n" + LINE + b"A: b\n\n>From y\n"
    assert split(raw) == [b"Content-Length: %d\n\n" % len(body) + body, b"A: b\n\nFrom y\n"]


@pytest.mark.parametrize("length", [0, 1, 20, 60, 9_000, 10**15])
def test_a_content_length_that_leads_elsewhere_is_not(length: int) -> None:
    head = b"content-length : %d\n\n" % length
    raw = LINE + head + b"one\n\n" + LINE + b"\ntwo\n"
    assert split(raw) == [head + b"one\n", b"\ntwo\n"]


def test_a_mail_that_is_too_large_is_passed_over() -> None:
    raw = LINE + b"\n" + b"x" * 200 + b"\n\n" + LINE + b"\nsmall\n\n" + LINE + b"A: " + b"y" * 200
    assert split(raw, 100) == [None, b"\nsmall\n", None]


def test_a_long_line_is_no_separator_in_its_middle() -> None:
    raw = LINE + b"\n" + b"\n" + b"x" * (65536 - 1) + b"\n" + b"z" * 65536 + LINE
    assert split(raw, 10**6) == [raw[len(LINE) :]]


@given(
    st.lists(
        st.binary(max_size=40).map(lambda b: b.replace(b"From ", b"Form ").replace(b"\r", b"")),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_put_in_comes_out(bodies: list[bytes]) -> None:
    raw = b"".join(LINE + b"A: b\n\n" + body + b"\n\n" for body in bodies)
    expected = [b"A: b\n\n" + body + b"\n" for body in bodies]
    assert split(raw) == expected
