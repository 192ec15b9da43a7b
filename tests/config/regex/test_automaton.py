from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.config.regex import UnsupportedError, compile_basic, compile_extended


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        (b"b", [b"b", b"abc", b"B"], [b"", b"ac"]),
        (b"^a", [b"a", b"ab"], [b"", b"ba", b"\na"]),
        (b"a$", [b"a", b"ba"], [b"", b"ab", b"a\n"]),
        (b"^$", [b""], [b"a", b"\n"]),
        (b"$^", [b""], [b"a"]),
        (b"(^|x)a", [b"a", b"bxa"], [b"ba"]),
        (b"a($|x)", [b"ba", b"axb"], [b"ab"]),
        (b"^(ab?){2}$", [b"aa", b"aba", b"abab"], [b"a", b"ab", b"ababa"]),
        (b"^a{2,}$", [b"aa", b"aaaa"], [b"a"]),
        (b"^a{0,2}b$", [b"b", b"ab", b"aab"], [b"aaab"]),
        (b"^(a|ab)(c|bcd)$", [b"ac", b"abc", b"abcd", b"abbcd"], [b"ab", b"acd"]),
        (b"^(a*)*b$", [b"b", b"aab"], [b"aa"]),
        (b"^(()|a)+$", [b"", b"aa"], [b"b"]),
        (b"\\<a", [b"a", b"<a", b"-ab"], [b"", b"ba", b"_a", b"1a"]),
        (b"a\\>", [b"a", b"ba>", b"a-"], [b"", b"ab", b"a_", b"a1"]),
        (b"^\\<a\\>", [b"a", b"a b"], [b" a", b"ab"]),
        (b"\\<^a", [], [b"a"]),  # the library passes anchors before boundaries only
        (b"a\\>$", [], [b"a"]),
        (b"a$\\>", [b"a"], [b"a b"]),
        (b"(\\<|x)a", [b"a", b" a", b"xa"], [b"ba"]),
        (b".", [b"\0", b"\xff", b"\n"], [b""]),
    ],
)
def test_search(pattern: bytes, found: list[bytes], not_found: list[bytes]) -> None:
    regex = compile_extended(pattern)
    assert [regex.search(subject) for subject in found] == [True] * len(found)
    assert [regex.search(subject) for subject in not_found] == [False] * len(not_found)


SHARED = st.sampled_from(
    [b"a", b"b", b".", b"a*", b"(ab|b)", b"(a|b)*", b"[^a]", b"b{1,3}", b"(ba)?"]
)


@given(
    parts=st.lists(SHARED, min_size=1, max_size=6),
    subjects=st.lists(st.binary(max_size=12) | st.text("abAB", max_size=12).map(str.encode)),
)
def test_what_is_written_the_same_matches_as_in_python(
    parts: list[bytes], subjects: list[bytes]
) -> None:
    pattern = b"^" + b"".join(parts) + b"$"
    ours, pythons = (
        compile_extended(pattern),
        re.compile(pattern[:-1] + rb"\Z", re.IGNORECASE | re.DOTALL),
    )
    for subject in subjects:
        assert ours.search(subject) is (pythons.search(subject) is not None), subject


@pytest.mark.parametrize(
    ("pattern", "subject"),
    [
        (rb"(a+)+$", b"a" * 100_000 + b"!"),
        (rb"^(a|aa)*$", b"a" * 100_000 + b"!"),
        (rb".*@.*@.*@.*\.x", b"@" * 100_000),
    ],
)
def test_no_subject_takes_more_than_one_pass(pattern: bytes, subject: bytes) -> None:
    regex = compile_extended(pattern)
    started = time.process_time()
    assert not regex.search(subject)
    assert time.process_time() - started < 5  # it takes 10 ms; a backtracking one never ends


def test_sets_of_states_do_not_pile_up_for_ever() -> None:
    """There are 2**14 sets here: more than are kept."""
    regex = compile_extended(b"[ab]*a[ab]{13}$")
    for number in range(2000):
        subject = f"{number:020b}".replace("0", "a").replace("1", "b").encode()
        assert regex.search(subject) is (subject[-14:-13] == b"a")
    assert len(regex._automaton._sets) <= 500


def test_threads_may_share_one() -> None:
    regex = compile_extended(b"[ab]*a[ab]{9}$")
    subjects = [
        f"{number:016b}".replace("0", "a").replace("1", "b").encode() for number in range(500)
    ]
    expected = [subject[-10:-9] == b"a" for subject in subjects]
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: [regex.search(one) for one in subjects], range(4)):
            assert found == expected


@pytest.mark.parametrize("pattern", [b"((a{255}){255}){2}", b"(((){255}){255}){255}"])
def test_repetitions_that_multiply(pattern: bytes) -> None:
    with pytest.raises(UnsupportedError) as caught:
        compile_extended(pattern)
    assert str(caught.value) == "its repetitions multiply to too large an expression"


@pytest.mark.parametrize("pattern", [b"\\<\\<a", b"a(b\\>)*\\>", b"(\\<|a)\\<"])
def test_boundaries_in_a_row(pattern: bytes) -> None:
    with pytest.raises(UnsupportedError) as caught:
        compile_extended(pattern)
    assert str(caught.value) == "two word boundaries at one place: one is enough"


@pytest.mark.parametrize("pattern", [b"(\\<)*a", b"\\<\\>", b"\\<.\\<"])
def test_boundaries_that_are_not(pattern: bytes) -> None:
    compile_extended(pattern)


def test_expressions_are_equal_if_written_the_same() -> None:
    assert compile_basic(b"ab") == compile_basic(b"ab")
    assert compile_basic(b"ab") != compile_extended(b"ab")
    assert compile_basic(b"ab") != compile_basic(b"ac")
    assert repr(compile_basic(b"ab")) == "Regex(pattern=b'ab', extended=False)"
