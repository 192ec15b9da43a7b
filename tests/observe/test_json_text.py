from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.observe.json_text import (
    MAX_LIST,
    MAX_TEXT,
    dumps,
    first_of,
    listed,
    members,
    quoted,
    text_of,
)

HOSTILE = 'a\nb\r\x1b[2J"\\\x00\x7f\x85\u2028\u202e\ud800\U000e0001é漢😀\u00a0'


def test_a_line_is_printable_and_nothing_is_lost() -> None:
    line = dumps({"text": HOSTILE, "\n": [HOSTILE]})
    assert line.isprintable()
    assert json.loads(line) == {"text": HOSTILE, "\n": [HOSTILE]}


def test_what_can_be_read_stays_readable() -> None:
    assert dumps({"subject": "Grüße 漢"}) == '{"subject":"Grüße 漢"}'


@pytest.mark.parametrize("char", ["\0", "\x1b", "\x85", "\u2028", "\u202e", "\U000e0001"])
def test_what_a_terminal_would_obey_is_escaped(char: str) -> None:
    line = dumps({"a": char})
    assert char not in line
    assert json.loads(line) == {"a": char}


def test_bytes() -> None:
    assert text_of(b"\xc3\xa4\xff") == "ä\ufffd"


def test_texts_are_cut() -> None:
    assert text_of("x" * MAX_TEXT) == "x" * MAX_TEXT
    cut = text_of("x" * (MAX_TEXT + 1))
    assert len(cut) == MAX_TEXT
    assert cut.endswith("x...")


def test_lists_are_cut() -> None:
    assert first_of(["a", "b"]) == ["a", "b"]
    many = [f"{number:04}" for number in range(10_000)]
    first = first_of(many)
    assert first == many[: len(first)]
    assert MAX_LIST / 20 < len(dumps({"": first}).encode()) <= MAX_LIST


@given(st.lists(st.text(max_size=600), max_size=20))
def test_what_is_made_as_text_is_what_dumps_makes(texts: list[str]) -> None:
    assert [quoted(text) for text in texts] == [dumps(text_of(text)) for text in texts]
    told = [text_of(text) for text in texts]
    assert listed(map(quoted, texts), 700) == dumps(first_of(told, 700))
    fields = {text: text for text in texts}
    assert f"{{{members(fields)}}}" == dumps(fields)
