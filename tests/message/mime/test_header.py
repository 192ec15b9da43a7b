from __future__ import annotations

import pytest

from clamgate.message.mime.header import Header, looks_like_mail, readings


def bodies(entity: bytes) -> list[bytes]:
    return [entity[head.body :] for head in readings(entity)]


def test_a_plain_header_has_one_reading() -> None:
    entity = b"Content-Type: text/plain;\r\n charset=utf-8\r\nX: y\r\n folded\r\n\r\nbody\r\n"
    assert readings(entity) == [
        Header(
            ((b"content-type", b" text/plain;\n charset=utf-8"),),
            entity.index(b"body"),
        )
    ]


def test_values_are_those_of_all_fields_of_the_name() -> None:
    (head,) = readings(b"Content-A: 1\r\nB: 2\r\ncontent-a : 3 \r\n\r\n")
    assert head.values(b"content-a") == [b"1", b"3"]


def test_a_line_of_blanks_may_end_it() -> None:
    assert set(bodies(b"Content-A: 1\r\n \t\r\nB: 2\r\n\r\nbody")) == {b"B: 2\r\n\r\nbody", b"body"}


def test_a_line_that_is_no_field_may_end_it() -> None:
    assert set(bodies(b"Content-A: 1\r\nno field\r\nB: 2\r\n\r\nbody")) == {
        b"no field\r\nB: 2\r\n\r\nbody",
        b"body",
    }


def test_empty_lines_before_it_may_be_passed_over() -> None:
    assert set(bodies(b"\r\nA: 1\r\n\r\nbody")) == {b"A: 1\r\n\r\nbody", b"body"}


def test_an_empty_line_before_a_text_is_its_end_to_all() -> None:
    assert bodies(b"\r\nHello there\r\n\r\nbody") == [b"Hello there\r\n\r\nbody"]


def test_mime_fields_may_go_on_behind_an_empty_line() -> None:
    assert b"body" in bodies(b"Content-A: 1\r\n\r\nContent-Type: text/html\r\n\r\nbody")


def test_bare_carriage_returns_may_end_lines() -> None:
    found = readings(b"Content-A: 1\rContent-B: 2\r\rbody")
    assert Header(((b"content-a", b" 1"), (b"content-b", b" 2")), 27) in found


def test_a_name_loses_its_nuls_and_blanks() -> None:
    (head,) = readings(b"Con\0tent-Type \t: a\r\n\r\n")
    assert head.values(b"content-type") == [b"a"]


def test_a_header_without_an_end_goes_to_the_end() -> None:
    assert bodies(b"Content-A: 1\r\nB: 2") == [b""]


@pytest.mark.parametrize(
    ("data", "does"),
    [
        (b"From: a@example.test\r\n", True),
        (b"\r\nReceived: by x", True),
        (b"From a@example.test Wed\r\nDate: today", True),
        (b"From here on: nothing", False),
        (b"Dear friend", False),
    ],
)
def test_what_begins_like_a_message(data: bytes, does: bool) -> None:  # noqa: FBT001
    assert looks_like_mail(data) is does
