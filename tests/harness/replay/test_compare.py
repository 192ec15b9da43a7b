"""What would change for a mail."""

from __future__ import annotations

from dataclasses import replace

from clamgate.harness.replay.compare import Change, changes, spell_out
from clamgate.harness.replay.judgement import Judgement, Verdict

REJECTED = Judgement(Verdict.REJECTED, "EndOfMessage", "550 no", "Infected (A)")


def test_the_same_is_no_change_wherever_it_was_said() -> None:
    assert changes(REJECTED, replace(REJECTED, stage="Mail")) == ()


def test_each_difference_is_a_change() -> None:
    held = Judgement(Verdict.QUARANTINED, "EndOfMessage", "held", "Infected (A)", ("add X: y",))
    assert changes(REJECTED, held) == (
        Change("verdict", Verdict.REJECTED, Verdict.QUARANTINED),
        Change("text", "550 no", "held"),
        Change("edits", (), ("add X: y",)),
    )
    assert spell_out(REJECTED, held) == (
        "rejected (550 no), X-Virus-Status: Infected (A) -> "
        "quarantined (held), X-Virus-Status: Infected (A), add X: y"
    )


def test_only_the_edits_that_differ_are_spelled_out() -> None:
    one = Judgement(Verdict.ACCEPTED, "", edits=("a", "b", "b"))
    other = replace(one, edits=("a", "b"))
    assert spell_out(one, other) == "accepted, b -> accepted"
