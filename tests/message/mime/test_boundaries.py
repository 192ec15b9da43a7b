from __future__ import annotations

import pytest

from clamgate.message.mime.boundaries import guesses, is_closed, split, usable

PLAIN = b"preamble\r\n--x\r\none\r\n--x\r\ntwo\r\n--x--\r\nepilogue"


def parts(body: bytes, boundary: bytes = b"x") -> list[bytes]:
    return [body[one.start : one.end] for one in split(body, boundary) if one.is_part]


def others(body: bytes, boundary: bytes = b"x") -> list[bytes]:
    return [body[one.start : one.end] for one in split(body, boundary) if not one.is_part]


def test_parts_stand_between_delimiters() -> None:
    assert parts(PLAIN)[:2] == [b"one", b"two"]


def test_what_stands_before_and_behind_is_given_as_no_part() -> None:
    assert b"preamble" in others(PLAIN)
    assert b"epilogue" in others(PLAIN)


def test_what_is_never_closed_goes_to_the_end() -> None:
    assert parts(b"--x\r\none\r\n--x\r\ntwo") == [b"one", b"two"]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_lines_may_end_in_any_way(end: bytes) -> None:
    assert b"two" in parts(b"--x" + end + b"one" + end + b"--x" + end + b"two" + end + b"--x--")


def test_a_boundary_may_begin_another() -> None:
    found = parts(b"--x\r\none\r\n--xy\r\ninner\r\n--x\r\ntwo\r\n--x--\r\n")
    assert b"one\r\n--xy\r\ninner" in found
    assert b"one" in found


def test_programs_go_on_behind_the_last_one() -> None:
    assert b"late" in parts(b"--x\r\none\r\n--x--\r\n--x\r\nlate")


def test_blanks_behind_a_delimiter_are_no_matter() -> None:
    assert parts(b"--x \t\r\none\r\n--x-- \r\n")[0] == b"one"


def test_no_delimiter_no_parts() -> None:
    assert split(b"a text", b"x") == []


@pytest.mark.parametrize(
    ("boundary", "is_usable"),
    [(b"", True), (b"x" * 998, True), (b"x" * 999, False), (b"a\nb", False), (b"a\rb", False)],
)
def test_usable(boundary: bytes, is_usable: bool) -> None:  # noqa: FBT001
    assert usable(boundary) is is_usable


def test_a_boundary_is_guessed_where_a_field_follows() -> None:
    body = b"--one\r\nContent-Type: text/plain\r\n\r\nx\r\n--two\r\nhello\r\n"
    assert guesses(body) == [b"one"]


def test_a_signature_is_no_boundary() -> None:
    assert guesses(b"text\r\n-- \r\nme\r\n--\r\nx") == []


def test_is_closed() -> None:
    assert is_closed(b"a\r\n--x--", b"x")
    assert not is_closed(b"a\r\n--x", b"x")
