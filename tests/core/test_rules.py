from __future__ import annotations

from types import MappingProxyType

import pytest
from tests.core.policies import CLASSES, people, rule

from clamgate.core.rules import Action, Kind, Rules, SignatureException
from clamgate.core.signatures import Glob

ONE = people("a@x")


def test_the_last_four_are_the_directives_of_the_old_conf() -> None:
    places = MappingProxyType({"OnInfected": "a.conf:3", "OnClean": "default"})
    rules = Rules(on_infected=Action.REJECT, places=places)
    assert [str(one) for one in rules.ordered] == [
        "OnClean Accept [default]",
        "OnInfected Reject [a.conf:3]",
        "OnFail Defer",
        "OnOversize Accept",
    ]


def test_what_cannot_match_is_sorted_out_once() -> None:
    first = rule(Action.TAG)
    second = rule(Action.REJECT, kinds=frozenset({Kind.CLEAN}))
    rules = Rules(ahead=(first, second))
    assert {kind: [one.name for one in of] for kind, of in rules.by_kind.items()} == {
        Kind.CLEAN: ["rule Reject", "OnClean Accept"],
        Kind.INFECTED: ["rule Tag", "OnInfected Quarantine"],
        Kind.OVERSIZE: ["rule Tag", "OnOversize Accept"],
        Kind.FAILED: ["OnFail Defer"],
    }
    assert rules.each_recipient == frozenset()


@pytest.mark.parametrize(
    ("rules", "kinds", "removes", "stores"),
    [
        (Rules(), set(), False, False),
        (Rules(on_infected=Action.STORE), set(), False, True),
        (Rules(keep_copy=True), set(), False, True),
        (Rules(ahead=(rule(Action.STORE),)), set(), False, True),
        (Rules(ahead=(rule(Action.REJECT),)), set(), False, False),
        (
            Rules(ahead=(rule(Action.REJECT, recipients=ONE),)),
            {Kind.INFECTED, Kind.OVERSIZE},
            True,
            True,
        ),
        (
            Rules(ahead=(rule(Action.TAG, recipients=ONE),), on_infected=Action.ACCEPT),
            {Kind.INFECTED, Kind.OVERSIZE},
            False,
            False,
        ),
        (
            Rules(exceptions=(SignatureException(Glob("X"), recipients=people("a@x")),)),
            {Kind.INFECTED},
            True,
            True,
        ),
        (Rules(exceptions=(SignatureException(Glob("X")),)), set(), False, False),
        (Rules(on_infected=Action.STRIP), set(), False, False),
        (Rules(on_infected=Action.STRIP, on_unstrippable=Action.STORE), set(), False, True),
        (
            Rules(
                ahead=(rule(Action.STRIP, recipients=people("b@y.example")),),
                on_infected=Action.TAG,
            ),
            {Kind.INFECTED, Kind.OVERSIZE},
            True,
            True,
        ),
    ],
)
def test_what_is_asked_of_the_spool_and_of_the_mta(
    rules: Rules,
    kinds: set[Kind],
    removes: bool,  # noqa: FBT001  a parameter of the table
    stores: bool,  # noqa: FBT001  as above
) -> None:
    assert rules.each_recipient == kinds
    assert rules.may_remove_recipients is removes
    assert rules.may_store is stores


def test_whether_any_rule_is_about_a_signature() -> None:
    name = "Heuristics.Phishing.X"
    assert not Rules(classes=CLASSES).tells_of(name)
    for when in ({"classes": frozenset({"phishing"})}, {"signatures": (Glob("heur*"),)}):
        about = Rules(classes=CLASSES, ahead=(rule(Action.TAG, **when),))
        assert about.tells_of(name)
        assert not about.tells_of("Other")
