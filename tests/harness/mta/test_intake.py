"""The content after DATA, line by line."""

from __future__ import annotations

import pytest

from clamgate.harness.mta.intake import Intake


def taken(*pieces: bytes, limit: int = 0) -> Intake:
    intake = Intake(limit)
    for piece in pieces:
        assert not intake.done
        intake.feed(piece)
    return intake


def test_a_message() -> None:
    intake = taken(b"A: 1\r\n", b"\r\n", b"b\r\n", b".\r\n")
    assert (intake.done, intake.content) == (True, b"A: 1\r\n\r\nb\r\n")


def test_an_empty_one() -> None:
    intake = taken(b".\r\n")
    assert (intake.done, intake.content) == (True, b"")


def test_stuffed_dots() -> None:
    intake = taken(b"..\r\n", b"...a\r\n", b".b\r\n", b"c.\r\n", b".\r\n")
    assert (intake.done, intake.content) == (True, b".\r\n..a\r\nb\r\nc.\r\n")


@pytest.mark.parametrize(
    ("pieces", "content"),
    [
        ([b"a\n", b".\r\n", b"b\r\n"], b"a\nb\r\n"),
        ([b"a\r\n", b".\n", b"b\r\n"], b"a\r\nb\r\n"),
        ([b"a\n", b".\n", b"b\r\n"], b"a\nb\r\n"),
        ([b"a\r\n", b".\r\r\n"], b"a\r\n\r\r\n"),
    ],
)
def test_what_is_no_end(pieces: list[bytes], content: bytes) -> None:
    intake = taken(*pieces)
    assert (intake.done, intake.content) == (False, content)


def test_after_a_lone_dot_the_end_still_comes() -> None:
    assert taken(b"a\n", b".\r\n", b".\r\n").done


def test_long_lines_in_pieces() -> None:
    intake = taken(b"." + b"x" * 100, b".\r", b"\n", b".\r\n")
    assert (intake.done, intake.content) == (True, b"x" * 100 + b".\r\n")
    intake = taken(b"x" * 100, b".\r\n", b"y\r\n", b".\r\n")
    assert (intake.done, intake.content) == (True, b"x" * 100 + b".\r\ny\r\n")


def test_an_mbox_line_at_the_top_becomes_a_field() -> None:
    intake = taken(b"From a Mon\r\n", b">From b\r\n", b"A: 1\r\n", b"From c\r\n", b".\r\n")
    assert intake.content == (
        b"X-Mailbox-Line: From a Mon\r\nX-Mailbox-Line: >From b\r\nA: 1\r\nFrom c\r\n"
    )


def test_too_much() -> None:
    intake = taken(b"12345678\r\n", b".\r\n", limit=10)
    assert (intake.too_large, intake.content) == (False, b"12345678\r\n")
    intake = taken(b"12345678\r\n", b"1\r\n", b"2\r\n", b".\r\n", limit=10)
    assert (intake.done, intake.too_large, intake.content) == (True, True, b"")
