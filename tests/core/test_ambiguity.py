from __future__ import annotations

import pytest

from clamgate.core.ambiguity import NAME, ambiguity_edits
from clamgate.core.contents import NOTHING, Contents
from clamgate.core.decision import DeleteHeader, Edit, InsertHeader
from clamgate.core.envelope import HeaderFacts
from clamgate.core.parts import FoundPart
from clamgate.core.rules import Rules
from clamgate.core.verdict import Clean, Empty, Failed, Infected, Unscanned, Verdict

RULES = Rules(ambiguity_header=True, host="mx.example")
NONE = InsertHeader(1, NAME, "mx.example; ambiguity=none")
PART = FoundPart("2", ("a.exe",), "", "", 9, "ab")


@pytest.mark.parametrize("verdict", [Clean(), Infected(("x",)), Unscanned("too large")])
def test_what_was_looked_at_is_said_to_agree(verdict: Verdict) -> None:
    assert ambiguity_edits(verdict, NOTHING, HeaderFacts(), RULES) == (NONE,)


@pytest.mark.parametrize("verdict", [Failed("no clamd"), Empty()])
def test_of_what_was_not_nothing_is_said_but_what_others_said_goes(verdict: Verdict) -> None:
    edits = ambiguity_edits(verdict, NOTHING, HeaderFacts(ambiguity=2), RULES)
    assert edits == (DeleteHeader(NAME, 2), DeleteHeader(NAME, 1))


@pytest.mark.parametrize(
    ("contents", "value"),
    [
        (Contents(anomalies=("a thing",)), "mx.example; ambiguity=none"),
        (
            Contents(disputed=(PART,), anomalies=tuple("abcdef")),
            'mx.example; ambiguity=found reason="a; b; c; d; e"',
        ),
        (
            Contents(disputed=(PART,)),
            'mx.example; ambiguity=found reason="parts that only some programs show"',
        ),
    ],
)
def test_why(contents: Contents, value: str) -> None:
    forged: Edit = DeleteHeader(NAME, 1)
    edits = ambiguity_edits(Clean(), contents, HeaderFacts(ambiguity=1), RULES)
    assert edits == (forged, InsertHeader(1, NAME, value))


def test_a_conf_that_does_not_ask_leaves_all_alone() -> None:
    assert ambiguity_edits(Clean(), NOTHING, HeaderFacts(ambiguity=1), Rules()) == ()
