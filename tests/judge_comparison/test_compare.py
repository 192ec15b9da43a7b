from __future__ import annotations

from dataclasses import replace

import pytest
from tests.judge_comparison.compare import Wanted, compare, in_own_words
from tests.judge_comparison.seen import Seen

TAKEN = Seen(("message 250",), ("from <a> to b",))
LOST = replace(TAKEN, delivered=())
LOSES = Wanted("loses", "of course", frozenset({"one"}), frozenset({"delivered"}))


def test_the_same_agrees() -> None:
    done = compare({"one": TAKEN, "two": LOST}, {"one": TAKEN, "two": LOST}, ())
    assert (done.flows, done.alike, done.problems) == (2, 2, ())


@pytest.mark.parametrize(
    "ours",
    [
        LOST,
        replace(TAKEN, replies=("message 550",)),
        replace(TAKEN, held=("from <a> to b",)),
        replace(TAKEN, faults=("twice",)),
    ],
)
def test_every_part_counts(ours: Seen) -> None:
    done = compare({"one": TAKEN}, {"one": ours}, ())
    assert (done.alike, len(done.problems)) == (0, 1)


def test_a_wanted_difference_is_none_to_complain_of() -> None:
    done = compare({"one": TAKEN}, {"one": LOST}, (LOSES,))
    assert (done.alike, done.wanted, done.problems) == (0, {"one": LOSES}, ())


def test_a_wanted_difference_that_does_not_show_is_a_problem() -> None:
    done = compare({"one": TAKEN}, {"one": TAKEN}, (LOSES,))
    assert done.problems == ("one: delivered: does not differ any more",)
    assert done.alike == 0


def test_more_than_the_wanted_difference_is_a_problem() -> None:
    done = compare({"one": TAKEN}, {"one": replace(LOST, replies=())}, (LOSES,))
    assert done.problems == ("one: replies: ('message 250',), and ours ()",)
    assert done.wanted == {}


def test_a_table_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="not compared"):
        compare({"two": TAKEN}, {"two": TAKEN}, (LOSES,))
    with pytest.raises(ValueError, match="two wanted"):
        compare({"one": TAKEN}, {"one": LOST}, (LOSES, LOSES))


def test_own_words_lose_all_but_their_class_and_those_of_the_filter_stay() -> None:
    seen = Seen(("DATA 354", "MAIL 451 | 4.3.2 try later", "RCPT 550 | 5.1.1 <a>... no such user"))
    assert in_own_words(seen, ("no such user",)).replies == (
        "DATA 354",
        "MAIL 4xx",
        "RCPT 550 no such user",
    )
