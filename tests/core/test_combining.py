"""The table of docs/policy.md: what becomes of a message whose recipients fare differently."""

from __future__ import annotations

from pathlib import Path

import pytest

from clamgate.core.combining import Outcome, combine, is_severer
from clamgate.core.rules import Action

ACCEPT, TAG, STORE = Action.ACCEPT, Action.TAG, Action.STORE
REJECT, DEFER = Action.REJECT, Action.DEFER
BLACKHOLE, QUARANTINE = Action.BLACKHOLE, Action.QUARANTINE
STRIP = Action.STRIP

ROWS = {
    "accept with tag: both get it, tagged": ((ACCEPT, TAG), TAG, (ACCEPT, TAG)),
    "accept with store: the one gets it, it is stored for the other": (
        (ACCEPT, STORE),
        ACCEPT,
        (ACCEPT, STORE),
    ),
    "accept with reject: an answer for one alone cannot be given, so store": (
        (ACCEPT, REJECT),
        ACCEPT,
        (ACCEPT, STORE),
    ),
    "accept with defer: as with reject": ((ACCEPT, DEFER), ACCEPT, (ACCEPT, STORE)),
    "accept with blackhole: the one gets it, it is stored for the other": (
        (ACCEPT, BLACKHOLE),
        ACCEPT,
        (ACCEPT, STORE),
    ),
    "accept with quarantine: an MTA holds a message whole, so store": (
        (ACCEPT, QUARANTINE),
        ACCEPT,
        (ACCEPT, STORE),
    ),
    "tag with store: the one gets it tagged, it is stored for the other": (
        (TAG, STORE),
        TAG,
        (TAG, STORE),
    ),
    "tag with reject: the one gets it tagged, store for the other": (
        (TAG, REJECT),
        TAG,
        (TAG, STORE),
    ),
    "tag with defer: as with reject": ((TAG, DEFER), TAG, (TAG, STORE)),
    "tag with blackhole: the one gets it tagged, it is stored for the other": (
        (TAG, BLACKHOLE),
        TAG,
        (TAG, STORE),
    ),
    "tag with quarantine: the one gets it tagged, store for the other": (
        (TAG, QUARANTINE),
        TAG,
        (TAG, STORE),
    ),
    "store with reject: nobody gets it, stored for both": (
        (STORE, REJECT),
        STORE,
        (STORE, STORE),
    ),
    "store with defer: nobody gets it, stored for both": ((STORE, DEFER), STORE, (STORE, STORE)),
    "store with blackhole: nobody gets it, stored for both": (
        (STORE, BLACKHOLE),
        STORE,
        (STORE, STORE),
    ),
    "store with quarantine: nobody gets it, stored for both": (
        (STORE, QUARANTINE),
        STORE,
        (STORE, STORE),
    ),
    "reject with defer: not the same answer for all, stored for both": (
        (REJECT, DEFER),
        STORE,
        (STORE, STORE),
    ),
    "reject with blackhole: stored for both": ((REJECT, BLACKHOLE), STORE, (STORE, STORE)),
    "reject with quarantine: stored for both": ((REJECT, QUARANTINE), STORE, (STORE, STORE)),
    "defer with blackhole: stored for both": ((DEFER, BLACKHOLE), STORE, (STORE, STORE)),
    "defer with quarantine: stored for both": ((DEFER, QUARANTINE), STORE, (STORE, STORE)),
    "blackhole with quarantine: stored for both": (
        (BLACKHOLE, QUARANTINE),
        STORE,
        (STORE, STORE),
    ),
    "accept with strip: it has one body, so both get it stripped": (
        (ACCEPT, STRIP),
        STRIP,
        (STRIP, STRIP),
    ),
    "tag with strip: both get it, tagged and stripped": ((TAG, STRIP), STRIP, (TAG, STRIP)),
    "strip with store: the one gets it stripped, it is stored for the other": (
        (STRIP, STORE),
        STRIP,
        (STRIP, STORE),
    ),
    "strip with reject: the one gets it stripped, store for the other": (
        (STRIP, REJECT),
        STRIP,
        (STRIP, STORE),
    ),
    "strip with defer: as with reject": ((STRIP, DEFER), STRIP, (STRIP, STORE)),
    "strip with blackhole: the one gets it stripped, it is stored for the other": (
        (STRIP, BLACKHOLE),
        STRIP,
        (STRIP, STORE),
    ),
    "strip with quarantine: the one gets it stripped, store for the other": (
        (STRIP, QUARANTINE),
        STRIP,
        (STRIP, STORE),
    ),
    "three: accept, strip and reject": (
        (ACCEPT, STRIP, REJECT),
        STRIP,
        (STRIP, STRIP, STORE),
    ),
    "three: accept, tag and reject": (
        (ACCEPT, TAG, REJECT),
        TAG,
        (ACCEPT, TAG, STORE),
    ),
}

SAME = {f"all {action.value.lower()}: that, as a whole": action for action in Action}


@pytest.mark.parametrize(("actions", "whole", "each"), ROWS.values(), ids=ROWS.keys())
def test_recipients_that_differ(
    actions: tuple[Action, ...], whole: Action, each: tuple[Action, ...]
) -> None:
    assert combine(actions) == Outcome(whole, each)
    assert combine(actions[::-1]) == Outcome(whole, each[::-1])


@pytest.mark.parametrize("action", SAME.values(), ids=SAME.keys())
def test_all_the_same(action: Action) -> None:
    assert combine([action] * 3) == Outcome(action, (action,) * 3)


def test_the_table_is_whole() -> None:
    """Every pair of two different actions has its row."""
    pairs = {frozenset(actions) for actions, _, _ in ROWS.values() if len(actions) == 2}
    assert pairs == {frozenset({a, b}) for a in Action for b in Action if a is not b}


def test_the_manual_has_the_same_table() -> None:
    """Each pair is in it once, and what it says of each is so."""
    words = {ACCEPT: "it", TAG: "it, tagged", STORE: "stored", STRIP: "it, stripped"}
    expected = {}
    for (first, *others), whole, each in ROWS.values():
        if len(others) == 1:
            served = {one for one in each if one.delivers}
            told = "it, tagged and stripped" if served == {TAG, STRIP} else words[whole]
            gets = [told if one.delivers else words[one] for one in each]
            removed = "" if each[1].delivers else ", one recipient less"
            told = "discard" if whole is STORE else f"accept{removed}"
            expected[first.value, others[0].value] = [*gets, told]
    manual = Path(__file__).parents[2] / "docs" / "policy.md"
    table = manual.read_text().partition("| One | The other |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.split("\n")[3:]]
    assert {(one, other): rest for one, other, *rest in rows} == expected
    assert len(rows) == len(expected)


def test_nobody_is_left_without_a_copy_or_an_answer() -> None:
    """Whatever the combination, each recipient gets it, or a copy is kept, or all are answered."""
    for first in Action:
        for second in Action:
            outcome = combine((first, second))
            for each in outcome.each:
                assert each.delivers or each is STORE or first is second


def test_none_at_all() -> None:
    with pytest.raises(ValueError, match="nothing to combine"):
        combine(())


@pytest.mark.parametrize("one", Action)
@pytest.mark.parametrize("other", Action)
def test_what_delivers_less_is_severer(one: Action, other: Action) -> None:
    ranks = {ACCEPT: 0, TAG: 1, STRIP: 1}
    assert is_severer(one, other) is (ranks.get(one, 2) > ranks.get(other, 2))
