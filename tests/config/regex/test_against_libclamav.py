"""Our expressions and ClamAV's: the same are refused, and the rest match the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.config.regex import libclamav
from tests.config.regex.libclamav import LibClamav

from clamgate.config.regex import (
    Regex,
    RegexError,
    UnsupportedError,
    compile_basic,
    compile_extended,
)


@pytest.fixture(scope="module")
def library() -> LibClamav:
    name = libclamav.find()
    if name is None:
        pytest.skip("libclamav is not installed (Debian: libclamav12)")
    return LibClamav(name)


def compile_either(pattern: bytes, *, extended: bool) -> Regex:
    return compile_extended(pattern) if extended else compile_basic(pattern)


def compare(library: LibClamav, pattern: bytes, subjects: list[bytes], *, extended: bool) -> None:
    with library.compiled(pattern, extended=extended) as theirs:
        try:
            ours = compile_either(pattern, extended=extended)
        except UnsupportedError:
            return  # each of these has a test of its own
        except RegexError:
            assert theirs is None, "libclamav takes it, we do not"
            return
        assert theirs is not None, "libclamav refuses it, we do not"
        for subject in subjects:
            found = library.matches(theirs, subject)
            assert ours.search(subject) is found, f"libclamav says {found} of {subject!r}"


BASIC = [
    *(b"", b"a", b"abc", b"ABC", b"a.c", b"a\\.c", b".", b".*", b"a*", b"*", b"*a", b"^*", b"^*a"),
    *(b"a**", b"a\\{2\\}*", b"a*\\{2\\}", b"^", b"$", b"^$", b"^a$", b"a^b", b"a$b", b"$a", b"a^"),
    *(
        b"$*",
        b"^^a",
        b"a$$",
        b"\\^a",
        b"a\\$",
        b"\\(^a\\)",
        b"\\(a$\\)",
        b"x\\(^a\\)",
        b"\\(a$\\)x",
    ),
    *(b"a\\|b", b"a|b", b"a+", b"a\\+", b"a?", b"a\\?", b"user\\+tag", b"(a)", b"a{2}", b"{", b"}"),
    *(
        b"\\(\\)",
        b"\\(ab\\)*",
        b"\\(*a\\)",
        b"\\(a\\)\\(b\\)",
        b"\\(a",
        b"a\\)",
        b"\\(a\\(b\\)c\\)",
    ),
    *(
        b"a\\{2\\}",
        b"a\\{2,\\}",
        b"a\\{1,2\\}",
        b"a\\{0\\}",
        b"xa\\{0\\}",
        b"a\\{0,1\\}",
        b"\\{1\\}",
    ),
    *(b"a\\{2,1\\}", b"a\\{256\\}", b"a\\{255\\}", b"a\\{,2\\}", b"a\\{1", b"a\\{1a\\}", b"a\\}"),
    *(b"[abc]", b"[^abc]", b"[a-c]", b"[c-a]", b"[]a]", b"[^]a]", b"[-a]", b"[a-]", b"[a-c-e]"),
    *(b"[]-a]", b"[--a]", b"[+--]", b"[a", b"[", b"[]", b"[^]", b"]", b"[[:alpha:]]", b"[[:foo:]]"),
    *(b"[[:digit:][:upper:]]", b"[[:alpha:]-z]", b"[[:alpha:]-]", b"[^[:space:]]", b"[[:alpha]"),
    *(b"[[.a.]]", b"[[.-.]-z]", b"[a-[.c.]]", b"[[.].]]", b"[[..]]", b"[[=a=]]", b"[[=-=]]"),
    *(b"[[=]=]]", b"[[=ab=]]", b"[[.ab.]]", b"[a\\]", b"[\\.]", b"[.]", b"[*]", b"[$^]", b"[[a]"),
    *(
        b"\\",
        b"a\\",
        b"\\\\",
        b"\\a",
        b"\\d",
        b"\\w",
        b"\\n",
        b"\\<a",
        b"a\\>",
        b"\\<a\\>$",
        b"[[:<:]]a",
        b"\\.",
        b"\\/",
        b"\\-",
    ),
    *(b"\xe4", b"[\xe4]", b"[\xe0-\xff]", b"[\xff-\xe0]", b"[^\xe4]", b"[a\xe4]", b"\\\xe4"),
    *(b"^<boss@example\\.com>$", b"@example\\.com>", b"^<>$", b"^<.*@\\(.*\\.\\)*example\\.com>$"),
]

EXTENDED = [
    *(b"", b"a", b"a|b", b"a|", b"|a", b"a||b", b"(a|b)", b"(a|)", b"(|a)", b"()", b"()*", b"a()b"),
    *(b"a*", b"a+", b"a?", b"a{2}", b"a{2,}", b"a{1,2}", b"a{0}", b"xa{0}", b"a{0}|b", b"a{0,0}"),
    *(
        b"a{",
        b"a{x",
        b"a{,2}",
        b"a{1",
        b"a{1x}",
        b"a{2,1}",
        b"a{256}",
        b"a{255}",
        b"{1}",
        b"{",
        b"}",
    ),
    *(b"a**", b"a+*", b"a{1}{2}", b"a{1}*", b"(a*)*", b"(a*)+", b"(a+)+$", b"((a|b)*c)*d"),
    *(
        b"*",
        b"+a",
        b"?",
        b"(*a)",
        b"a|*b",
        b"^*",
        b"^+",
        b"^?",
        b"^{2}",
        b"$*",
        b"$+",
        b"$?",
        b"$a",
    ),
    *(
        b"^",
        b"$",
        b"^$",
        b"^a$",
        b"a^b",
        b"a$b",
        b"^^a",
        b"a$$",
        b"(^a)",
        b"(a$)",
        b"(^a|b)c",
        b"(^)*a",
    ),
    *(b"(^|x)a", b"a($|x)", b"($)?a", b"(^a)*", b"(a", b"a)", b")", b"(a))", b"((a)", b"a)*"),
    *(
        b"\\(a\\)",
        b"\\<a",
        b"a\\>",
        b"\\|",
        b"\\*",
        b"\\1",
        b"\\d",
        b"\\w+",
        b"\\",
        b"a\\",
        b"\\\\",
        b"\\^",
        b"\\$",
    ),
    *(
        b"[ab]+",
        b"[^ab]",
        b"[]a]",
        b"[[:alnum:]_]+",
        b"[a-z0-9.]*",
        b"[a|b]",
        b"(a",
        b"[(]",
        b"[)|]",
    ),
    *(
        b"^(tom|dick|harry)$",
        b"@example\\.com$",
        b"^.+@.+$",
        b"(a|ab)(c|bcd)(d*)",
        b"a.c",
        b"(.)(.)",
    ),
]

SUBJECTS = [
    *(b"", b"a", b"b", b"A", b"ab", b"AB", b"aa", b"aaa", b"abc", b"a.c", b"abab", b"ba", b"bca"),
    *(
        b"a|b",
        b"a+",
        b"a?",
        b"(a)",
        b"a{2}",
        b"{",
        b"}",
        b"*",
        b"*a",
        b"^",
        b"^a",
        b"$",
        b"a$",
        b"a$b",
    ),
    *(
        b"a^b",
        b"[",
        b"]",
        b"[a]",
        b"-",
        b"\\",
        b"\\a",
        b"d",
        b"n",
        b"1",
        b"x",
        b"xa",
        b"ax",
        b"\n",
        b"a\n",
    ),
    *(
        b"\na",
        b"\xe4",
        b"\xc4",
        b"\xff",
        b"\xe0\xe4",
        b"a b",
        b"\t",
        b"_",
        b".",
        b"/",
        b"~",
        b"(",
        b")",
    ),
    *(
        b"a" * 255,
        b"a" * 256,
        b"user+tag",
        b"userrtag",
        b"<boss@example.com>",
        b"<BOSS@Example.COM>",
    ),
    *(
        b"<bossy@example.com>",
        b"<boss@examplexcom>",
        b"<>",
        b"<x@mail.example.com>",
        b"tom",
        b"TOM",
    ),
    *(
        b"tomas",
        b"Harry",
        b"|",
        b"c",
        b"abcd",
        b"ababcd",
        b"\x7f",
        b"\x01",
        b"{x",
        b"a{x",
        b"a{,2}",
    ),
]


@pytest.mark.parametrize("pattern", BASIC)
def test_basic(library: LibClamav, pattern: bytes) -> None:
    compare(library, pattern, SUBJECTS, extended=False)


@pytest.mark.parametrize("pattern", EXTENDED)
def test_extended(library: LibClamav, pattern: bytes) -> None:
    compare(library, pattern, SUBJECTS, extended=True)


@pytest.mark.parametrize(
    "name",
    [
        *("alnum", "alpha", "blank", "cntrl", "digit", "graph"),
        *("lower", "print", "punct", "space", "upper", "xdigit"),
    ],
)
def test_classes_byte_for_byte(library: LibClamav, name: str) -> None:
    subjects = [bytes((byte,)) for byte in range(1, 256)]
    compare(library, f"[[:{name}:]]".encode(), subjects, extended=False)
    compare(library, f"[^[:{name}:]]".encode(), subjects, extended=True)


@pytest.mark.parametrize(
    ("pattern", "extended"),
    [
        (b"\\(a\\)\\1", False),
        (b"\\<\\<a", True),
        (b"[[.hyphen.]]", False),
        (b"[\xe4-a]", False),
        (b"\\(^\\)\\{2\\}", False),
        (b"(a|$){1,2}", True),
        (b"(" * 51 + b"a" + b")" * 51, True),
    ],
)
def test_what_libclamav_takes_and_we_do_not(
    library: LibClamav,
    pattern: bytes,
    extended: bool,  # noqa: FBT001  a parameter of the table
) -> None:
    with library.compiled(pattern, extended=extended) as theirs:
        assert theirs is not None
    with pytest.raises(UnsupportedError):
        compile_either(pattern, extended=extended)


BASIC_TOKENS = [
    *(b"a", b"b", b"B", b".", b"*", b"^", b"$", b"\\(", b"\\)", b"\\{", b"\\}", b"\\{1,2\\}"),
    *(
        b"\\{0\\}",
        b"\\{1,\\}",
        b"[ab]",
        b"[^a]",
        b"[a-c]",
        b"[",
        b"]",
        b"-",
        b"\\.",
        b"\\+",
        b"\\|",
    ),
    *(b"\\", b"1", b",", b"@", b"[[:alpha:]]", b"[[.-.]]", b"[[=a=]]", b"\xe4", b"[\xe4-\xff]"),
    *(
        b"\\<",
        b"\\>",
        b"[[:<:]]",
        b"_",
        b" ",
        b"\\(a*b\\)*",
        b"\\(^a\\)",
        b"\\(b$\\)",
        b"+",
        b"?",
        b"|",
        b"(",
        b")",
        b":",
        b"=",
    ),
]
EXTENDED_TOKENS = [
    *(b"a", b"b", b"B", b".", b"*", b"+", b"?", b"^", b"$", b"(", b")", b"|", b"{", b"}", b"{1,2}"),
    *(b"{0}", b"{2}", b"{1,}", b"{,2}", b"[ab]", b"[^a]", b"[", b"]", b"-", b"\\.", b"\\d", b"\\"),
    *(
        b"\\<",
        b"\\>",
        b"(\\<|a)*",
        b"(b\\>|a)",
        b"_",
        b" ",
        b"()",
        b"(a|b)*",
        b"(^|a)",
        b"($|b)",
        b"(a*|b)+",
        b"1",
        b",",
        b"@",
        b"[[:digit:]]",
        b"\xe4",
    ),
]
LETTERS = st.lists(st.sampled_from(b"abAB_ @.-1|+*$^[\\{(\n\xe4\xc4"), max_size=30).map(bytes)


def patterns(tokens: list[bytes], max_size: int) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(tokens), max_size=max_size).map(b"".join)


@settings(max_examples=1000)
@given(pattern=patterns(BASIC_TOKENS, 10), subjects=st.lists(LETTERS, max_size=8))
def test_basic_at_random(library: LibClamav, pattern: bytes, subjects: list[bytes]) -> None:
    compare(library, pattern, subjects, extended=False)


@settings(max_examples=1000)
@given(pattern=patterns(EXTENDED_TOKENS, 10), subjects=st.lists(LETTERS, max_size=8))
def test_extended_at_random(library: LibClamav, pattern: bytes, subjects: list[bytes]) -> None:
    compare(library, pattern, subjects, extended=True)


# More than 64 states, from where on the library uses other code; and none that is an error.
LONG_TOKENS = [
    b"a",
    b"a\\>",
    b"b",
    b".*",
    b"(a|b)*",
    b"(^|a)",
    b"($|b)?",
    b"(a*|b)+",
    b"[ab]{0,3}",
    b"b?",
]


@settings(max_examples=200)
@given(
    pattern=st.lists(st.sampled_from(LONG_TOKENS), min_size=20, max_size=50).map(b"".join),
    subjects=st.lists(st.lists(st.sampled_from(b"abAB "), max_size=40).map(bytes), max_size=8),
)
def test_long_ones_at_random(library: LibClamav, pattern: bytes, subjects: list[bytes]) -> None:
    compare(library, pattern, subjects, extended=True)
