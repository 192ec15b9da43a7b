from __future__ import annotations

import pytest

from clamgate.config.regex import RegexError, UnsupportedError
from clamgate.config.regex.brackets import bracket
from clamgate.config.regex.syntax import Anchor, OneOf, Reader


def members(text: bytes) -> bytes:
    """The bytes that a bracket expression stands for; `text` begins after its bracket."""
    reader = Reader(text)
    found = bracket(reader)
    assert isinstance(found, OneOf)
    assert not reader.more()
    return bytes(sorted(found.allowed))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"b]", b"Bb"),
        (b"a-c]", b"ABCabc"),
        (b"]1]", b"1]"),
        (b"-1]", b"-1"),
        (b"1-]", b"-1"),
        (b"+--]", b"+,-"),
        (b"\\.]", b".\\"),
        (b"[.-.]-/]", b"-./"),
        (b"1-[.3.]]", b"123"),
        (b"[.].]]", b"]"),
        (b"[=a=]]", b"Aa"),
        (b"[:digit:]_]", b"0123456789_"),
        (b"[:lower:]]", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
        (b"\xe4-\xe6]", b"\xe4\xe5\xe6"),
        (b"[1]", b"1["),
    ],
)
def test_members(text: bytes, expected: bytes) -> None:
    assert members(text) == expected


@pytest.mark.parametrize(
    ("text", "anchor"), [(b"[:<:]]", Anchor.WORD_START), (b"[:>:]]", Anchor.WORD_END)]
)
def test_word_boundaries(text: bytes, anchor: Anchor) -> None:
    reader = Reader(text)
    assert bracket(reader) is anchor
    assert not reader.more()


def test_a_negated_one_leaves_out_both_cases() -> None:
    assert set(range(256)) - set(members(b"^a1]")) == set(b"aA1")


def test_a_closing_bracket_may_come_first_in_a_negated_one() -> None:
    assert set(range(256)) - set(members(b"^]-]")) == set(b"]-")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (b"a", "a [ is not closed: write \\[ for a plain bracket (at byte 1 of the expression)"),
        (b"]", "a [ is not closed"),
        (b"a-", "a [ is not closed"),
        (b"[.a", "a [ is not closed"),
        (b"[:alpha", "a [ is not closed"),
        (b"b-a]", "a range inside of brackets runs backwards"),
        (b"a-c-e]", "a - inside of brackets must come first or last, or be part of a range"),
        (b"]-a]", "a - inside of brackets must come first or last, or be part of a range"),
        (b"[:letter:]]", "there is no class [:letter:]: the classes are alnum, alpha, "),
        (b"[..]]", "no character is named: write it between the dots or equals signs"),
        (b"[=-=]]", "- and ] have no equivalence class: write [.-.] or [.].]"),
    ],
)
def test_what_is_wrong(text: bytes, advice: str) -> None:
    with pytest.raises(RegexError) as caught:
        members(text)
    assert str(caught.value).startswith(advice)
    assert not isinstance(caught.value, UnsupportedError)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (b"[.hyphen.]]", "the character hyphen cannot be named: write it itself"),
        (b"a-\xe4]", "a range cannot mix ASCII and other characters: write it as two"),
        (b"\xe4-a]", "a range cannot mix ASCII and other characters: write it as two"),
    ],
)
def test_what_is_not_supported(text: bytes, advice: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        members(text)
    assert str(caught.value).startswith(advice)
