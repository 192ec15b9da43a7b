from __future__ import annotations

import pytest

from clamgate.config.regex import RegexError, UnsupportedError
from clamgate.config.regex.extended import parse_extended
from clamgate.config.regex.syntax import ANY, Anchor, Choice, Node, OneOf, Repeat, Sequence

A = OneOf(frozenset(b"aA"))
B = OneOf(frozenset(b"bB"))


def byte(text: bytes) -> OneOf:
    return OneOf(frozenset(text))


def seq(*parts: Node) -> Sequence:
    return Sequence(parts)


@pytest.mark.parametrize(
    ("pattern", "tree"),
    [
        (b"ab", seq(A, B)),
        (b".", seq(ANY)),
        (b"a|b", Choice((seq(A), seq(B)))),
        (b"(a|b)", seq(Choice((seq(A), seq(B))))),
        (b"()", seq(seq())),
        (b"a*", seq(Repeat(A, 0, None))),
        (b"a+", seq(Repeat(A, 1, None))),
        (b"a?", seq(Repeat(A, 0, 1))),
        (b"a{2}", seq(Repeat(A, 2, 2))),
        (b"a{2,}", seq(Repeat(A, 2, None))),
        (b"a{2,3}", seq(Repeat(A, 2, 3))),
        (b"a{", seq(A, byte(b"{"))),
        (b"a{,2}", seq(A, byte(b"{"), byte(b","), byte(b"2"), byte(b"}"))),
        (b"(a*)*", seq(Repeat(seq(Repeat(A, 0, None)), 0, None))),
        (b"^a$", seq(Anchor.START, A, Anchor.END)),
        (b"a^b$", seq(A, Anchor.START, B, Anchor.END)),
        (b"$*", seq(Repeat(Anchor.END, 0, None))),
        (b"(^)*", seq(Repeat(seq(Anchor.START), 0, None))),
        (b"a)", seq(A, byte(b")"))),
        (b"\\(a\\1", seq(byte(b"("), A, byte(b"1"))),
        (b"[a]", seq(A)),
        (b"\\<a\\>", seq(Anchor.WORD_START, A, Anchor.WORD_END)),
    ],
)
def test_trees(pattern: bytes, tree: Node) -> None:
    assert parse_extended(pattern) == tree


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        (b"", "an empty expression or alternative: remove it, or write () (at byte 0"),
        (b"a|", "an empty expression or alternative"),
        (b"(|a)", "an empty expression or alternative"),
        (b"a{0}", "an empty expression or alternative"),
        (b"*a", "*, +, ? or {1} with nothing to repeat: write \\* for a plain star"),
        (b"{1}", "*, +, ? or {1} with nothing to repeat: write \\* for a plain star"),
        (b"^*", "a ^ cannot be repeated: write \\^ for a plain one"),
        (b"a+*", "a repetition of a repetition: put the inner one in parentheses"),
        (b"a{1}{2}", "a repetition of a repetition: put the inner one in parentheses"),
        (b"a{1", "a repetition must end with }, as in {1,3}"),
        (b"a{2,1}", "a repetition from 2 to 1 times runs backwards"),
        (b"a{999}", "in braces must stand a number from 0 to 255"),
        (b"(", "a ( is not closed: write \\( for a plain parenthesis"),
        (b"(a", "a ( is not closed: write \\( for a plain parenthesis"),
        (b"a\\", "a backslash at the end: write \\\\ for a plain one"),
    ],
)
def test_what_is_wrong(pattern: bytes, advice: str) -> None:
    with pytest.raises(RegexError) as caught:
        parse_extended(pattern)
    assert str(caught.value).startswith(advice)
    assert not isinstance(caught.value, UnsupportedError)


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        (b"(a|$){2}", "^, $, \\< or \\> inside of a counted repetition: write it out"),
        (b"(" * 51, "groups are nested more than 50 deep"),
    ],
)
def test_what_is_not_supported(pattern: bytes, advice: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        parse_extended(pattern)
    assert str(caught.value).startswith(advice)
