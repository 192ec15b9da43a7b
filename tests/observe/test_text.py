from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.observe.text import (
    MAX_FIELD,
    UNKNOWN,
    address_text,
    header_text,
    path_text,
    printable,
    readable,
)


@given(st.text())
def test_printable_text_never_breaks_a_line(text: str) -> None:
    said = printable(text)
    assert said.isprintable()
    assert len(said) <= MAX_FIELD
    assert said.encode().decode() == said


@given(st.text(st.characters(codec="ascii", exclude_characters="\r"), max_size=MAX_FIELD))
def test_ascii_header_values_read_as_in_the_c_program(value: str) -> None:
    expected = "".join(c if " " <= c <= "~" and c != "'" else " " for c in value)
    assert header_text(value.encode()) == expected


def test_the_value_that_the_c_program_was_tried_with() -> None:
    value = b"He said 'x' \"q\"\ttab =?utf-8?q?=C3=A9?=\n folded"
    assert header_text(value) == 'He said  x  "q" tab =?utf-8?q?=C3=A9?=  folded'


def test_a_fold_with_crlf_reads_as_one_with_lf() -> None:
    assert header_text(b"one\r\n\ttwo") == header_text(b"one\n\ttwo") == "one  two"


def test_a_missing_header_is_unknown() -> None:
    assert header_text(None) == UNKNOWN
    assert header_text(b"") == ""


def test_utf_8_stays_readable() -> None:
    assert header_text("Grüße, 你好".encode()) == "Grüße, 你好"


def test_bytes_that_are_not_utf_8_become_question_marks_one_by_one() -> None:
    assert readable(b"Gr\xfc\xdfe \xc3\xa9 \xe4") == "Gr??e é ?"


@pytest.mark.parametrize(
    "char",
    [
        "\0",
        "\x1b",
        "\x7f",
        "\x85",
        "\x9b",
        "\u2028",
        "\u2029",
        "\u200b",
        "\u202e",
        "\u2066",
        "\u00a0",
        "\ufeff",
        "\ue000",
    ],
)
def test_what_could_move_the_cursor_or_turn_the_text_becomes_a_space(char: str) -> None:
    assert header_text(f"a{char}b".encode()) == "a b"


def test_a_long_value_is_cut_and_shows_it() -> None:
    said = header_text(b"x" * (MAX_FIELD + 1))
    assert len(said) == MAX_FIELD
    assert said.endswith("x...")
    assert header_text(b"x" * MAX_FIELD) == "x" * MAX_FIELD


def test_addresses_lose_their_brackets_and_keep_their_quotes() -> None:
    assert address_text(b"<o'brien@example.org>") == "o'brien@example.org"
    assert address_text(b"<>") == ""
    assert address_text(b"bare@example.org") == "bare@example.org"


def test_brackets_inside_an_address_cannot_make_two_of_one() -> None:
    assert address_text(b'<"x> to <y"@example.org>') == '"x? to ?y"@example.org'


def test_a_path_keeps_the_brackets_it_came_with() -> None:
    assert path_text(b"<one@example.org>") == "<one@example.org>"
    assert path_text(b"one@example.org") == "one@example.org"
    assert path_text(b"<>") == "<>"
