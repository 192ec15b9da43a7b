from __future__ import annotations

import pytest

from clamgate.config.regex import RegexError, UnsupportedError, compile_basic
from clamgate.config.regex.basic import parse_basic
from clamgate.config.regex.syntax import ANY, Anchor, Node, OneOf, Repeat, Sequence

A = OneOf(frozenset(b"aA"))
B = OneOf(frozenset(b"bB"))


def byte(text: bytes) -> OneOf:
    return OneOf(frozenset(text))


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        (b"ab", (A, B)),
        (b"a.", (A, ANY)),
        (b"a*", (Repeat(A, 0, None),)),
        (b"*a", (byte(b"*"), A)),
        (b"**", (Repeat(byte(b"*"), 0, None),)),
        (b"^*", (Anchor.START, byte(b"*"))),
        (b"^a$", (Anchor.START, A, Anchor.END)),
        (b"a^b", (A, byte(b"^"), B)),
        (b"$a", (byte(b"$"), A)),
        (b"$*", (Repeat(byte(b"$"), 0, None),)),
        (b"a\\$", (A, byte(b"$"))),
        (b"a|b", (A, byte(b"|"), B)),
        (b"a\\|b", (A, byte(b"|"), B)),
        (b"a\\+", (A, byte(b"+"))),
        (b"a{2}", (A, byte(b"{"), byte(b"2"), byte(b"}"))),
        (b"a\\{2\\}", (Repeat(A, 2, 2),)),
        (b"a\\{2,\\}", (Repeat(A, 2, None),)),
        (b"a\\{2,3\\}", (Repeat(A, 2, 3),)),
        (b"\\(\\)", (Sequence(()),)),
        (b"\\(^a$\\)b", (Sequence((Anchor.START, A, Anchor.END)), B)),
        (b"\\(*\\)", (Sequence((byte(b"*"),)),)),
        (b"\\a", (A,)),
        (b"\\<a\\>", (Anchor.WORD_START, A, Anchor.WORD_END)),
        (b"[a]*", (Repeat(A, 0, None),)),
        (b"1\\0", (byte(b"1"), byte(b"0"))),
    ],
)
def test_trees(pattern: bytes, parts: tuple[Node, ...]) -> None:
    assert parse_basic(pattern) == Sequence(parts)


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        (b"", "an empty expression: remove it (at byte 0 of the expression)"),
        (b"a\\{0\\}", "an empty expression"),
        (b"\\(a\\{0\\}\\)", "an empty expression"),
        (b"a**", "a * has nothing to repeat: write \\* for a plain star (at byte 3"),
        (b"\\{1\\}", "a \\{ has nothing to repeat: write { for a plain brace"),
        (b"a\\{x\\}", "in braces must stand a number from 0 to 255"),
        (b"a\\{256\\}", "in braces must stand a number from 0 to 255"),
        (b"a\\{1", "a repetition must end with \\}, as in {1,3}"),
        (b"a\\{2,1\\}", "a repetition from 2 to 1 times runs backwards"),
        (b"\\(a", "a \\( is not closed: write ( for a plain parenthesis"),
        (b"a\\)", "a \\) or \\} that closes nothing: leave the backslash out"),
        (b"a\\}", "a \\) or \\} that closes nothing: leave the backslash out"),
        (b"a\\", "a backslash at the end: write \\\\ for a plain one"),
    ],
)
def test_what_is_wrong(pattern: bytes, advice: str) -> None:
    with pytest.raises(RegexError) as caught:
        parse_basic(pattern)
    assert str(caught.value).startswith(advice)
    assert not isinstance(caught.value, UnsupportedError)


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        (b"\\(a\\)\\1", "back-references are not supported"),
        (b"\\(^\\)\\{2\\}", "^, $, \\< or \\> inside of a counted repetition: write it out"),
        (b"\\(a*$\\)\\{0,2\\}", "^, $, \\< or \\> inside of a counted repetition: write it out"),
        (b"\\(" * 51, "groups are nested more than 50 deep"),
    ],
)
def test_what_is_not_supported(pattern: bytes, advice: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        parse_basic(pattern)
    assert str(caught.value).startswith(advice)


def test_groups_may_be_nested_deep() -> None:
    assert compile_basic(b"\\(" * 50 + b"a" + b"\\)" * 50).search(b"a")
