from __future__ import annotations

from dataclasses import replace

from tests.oracle_comparison.compare import Compared, Wanted, compare, misplaced
from tests.oracle_comparison.mails import Case
from tests.oracle_comparison.seen import Seen

from clamgate.harness.mail import Message

CASE = Case("two", (Message(), Message()))
PAIR = ("conf", "two")
ACCEPTED = Seen("Accept", "EndOfMessage", ("add X: 1",))
REJECTED = replace(ACCEPTED, answer="Reject")


def rejects(seen: Seen, _message: Message) -> Seen:
    return replace(seen, answer="Reject")


HARDER = Wanted("rejects", "of course", frozenset({PAIR}), rejects)


def compared(theirs: Seen, ours: Seen, *table: Wanted) -> Compared:
    return compare("conf", CASE, (ACCEPTED, theirs), (ACCEPTED, ours), table)


def test_the_same_agrees() -> None:
    assert compared(ACCEPTED, ACCEPTED) == Compared(PAIR)


def test_a_difference_is_a_problem() -> None:
    problem = "message 2, answer: expected 'Accept', and ours is 'Reject'"
    assert compared(ACCEPTED, REJECTED).problems == (problem,)


def test_edits_count_in_their_order() -> None:
    theirs = replace(ACCEPTED, edits=("add X: 1", "add Y: 2"))
    ours = replace(ACCEPTED, edits=("add Y: 2", "add X: 1"))
    assert compared(theirs, ours).problems


def test_every_part_of_an_outcome_is_compared() -> None:
    for other in (
        replace(ACCEPTED, stage="Header"),
        replace(ACCEPTED, refused=("<a@x>: Reject",)),
        replace(ACCEPTED, log=("Clean message",)),
    ):
        assert compared(ACCEPTED, other).problems


def test_a_wanted_difference_is_no_problem_where_it_is_wanted() -> None:
    both = compare("conf", CASE, (ACCEPTED, ACCEPTED), (REJECTED, REJECTED), (HARDER,))
    assert both == Compared(PAIR, (HARDER,))
    elsewhere = replace(HARDER, pairs=frozenset({("conf", "other")}))
    assert len(compared(ACCEPTED, REJECTED, elsewhere).problems) == 1


def test_a_wanted_difference_that_ours_does_not_have_is_a_problem() -> None:
    both = compare("conf", CASE, (ACCEPTED, ACCEPTED), (ACCEPTED, ACCEPTED), (HARDER,))
    assert len(both.problems) == 2


def test_a_wanted_difference_that_is_none_any_more_is_a_problem() -> None:
    both = compare("conf", CASE, (REJECTED, REJECTED), (REJECTED, REJECTED), (HARDER,))
    assert both.problems == ("does not occur any more: rejects",)


def test_wanted_differences_add_up() -> None:
    silent = Wanted("no edits", "", HARDER.pairs, lambda seen, _: replace(seen, edits=()))
    ours = replace(REJECTED, edits=())
    assert not compare("conf", CASE, (ACCEPTED,) * 2, (ours,) * 2, (HARDER, silent)).problems


def test_a_wanted_difference_of_what_is_not_compared_is_told() -> None:
    assert misplaced((HARDER,), [PAIR]) == []
    assert misplaced((HARDER,), [("conf", "one")]) == ["there is no conf by two for: rejects"]
