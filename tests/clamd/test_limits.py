from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.clamd.support import patience

from clamgate.clamd.errors import BrokenError, OverdueError
from clamgate.clamd.limits import SMALLEST, USUAL, SizeProof
from clamgate.clamd.patience import Patience
from clamgate.core.events import ClamdLimit, Fault
from clamgate.core.settings import KIB, MIB

MAX_FILE_SIZE = 100 * MIB


class Clamd:
    """Looks at files up to a size, and counts what it is asked."""

    def __init__(self, looks_at: int, *, knows_eicar: bool = True) -> None:
        self.looks_at = looks_at
        self.knows_eicar = knows_eicar
        self.asked: list[int] = []
        self.reports: list[ClamdLimit | Fault] = []

    def finds(self, size: int, until: Patience) -> bool:
        assert not until.expired
        self.asked.append(size)
        return self.knows_eicar and size <= self.looks_at

    def proof(self, wanted: int = MAX_FILE_SIZE) -> SizeProof:
        return SizeProof("unix:/c", wanted, self.finds, self.reports.append)


def test_one_question_is_enough_for_usual_mail() -> None:
    clamd = Clamd(MAX_FILE_SIZE)
    proof = clamd.proof()
    proof.establish(patience())
    assert proof.covers(50 * KIB, patience())
    assert proof.covers(USUAL, patience())
    assert clamd.asked == [USUAL]
    assert clamd.reports == []


def test_a_longer_message_is_asked_about_once_by_powers_of_two() -> None:
    clamd = Clamd(MAX_FILE_SIZE)
    proof = clamd.proof()
    proof.establish(patience())
    for length in (3 * MIB, 4 * MIB, 20 * MIB, 31 * MIB, 70 * MIB, MAX_FILE_SIZE):
        assert proof.covers(length, patience())
    assert clamd.asked == [USUAL, 4 * MIB, 32 * MIB, MAX_FILE_SIZE]
    assert proof.proven == MAX_FILE_SIZE
    assert clamd.reports == []


def test_a_limit_is_found_and_told_once() -> None:
    clamd = Clamd(25 * MIB)
    proof = clamd.proof()
    proof.establish(patience())
    assert proof.covers(20 * MIB, patience())
    assert not proof.covers(26 * MIB, patience())
    assert not proof.covers(90 * MIB, patience())
    report = clamd.reports[0]
    assert isinstance(report, ClamdLimit)
    assert (report.clamd, report.wanted) == ("unix:/c", MAX_FILE_SIZE)
    assert 24 * MIB < report.proven <= 25 * MIB
    assert len(clamd.reports) == 1
    assert len(clamd.asked) < 12


def test_a_limit_below_usual_mail_is_found_at_once() -> None:
    clamd = Clamd(100 * KIB)
    proof = clamd.proof()
    proof.establish(patience())
    assert proof.covers(90 * KIB, patience())
    assert not proof.covers(101 * KIB, patience())
    assert isinstance(clamd.reports[0], ClamdLimit)


def test_a_small_max_file_size_asks_for_no_more() -> None:
    clamd = Clamd(MIB)
    proof = clamd.proof(wanted=500)
    proof.establish(patience())
    assert clamd.asked == [500]
    assert proof.covers(500, patience())


def test_without_a_signature_sizes_are_taken_on_trust_and_that_is_told() -> None:
    clamd = Clamd(MAX_FILE_SIZE, knows_eicar=False)
    proof = clamd.proof()
    proof.establish(patience())
    assert clamd.asked == [USUAL, SMALLEST]
    assert proof.covers(MAX_FILE_SIZE, patience())
    assert clamd.asked == [USUAL, SMALLEST]
    assert isinstance(clamd.reports[0], Fault)
    assert "EICAR" in clamd.reports[0].reason
    assert len(clamd.reports) == 1


@example(looks_at=16336, lengths=[16337])
@given(
    st.integers(SMALLEST, 200 * MIB),
    st.lists(st.integers(0, MAX_FILE_SIZE), max_size=20),
)
def test_no_length_is_ever_called_covered_that_is_not(looks_at: int, lengths: list[int]) -> None:
    clamd = Clamd(looks_at)
    proof = clamd.proof()
    proof.establish(patience())
    for length in lengths:
        assert proof.covers(length, patience()) == (length <= looks_at)
    assert len(clamd.asked) <= 25 + 2 * len(lengths)
    assert len(clamd.reports) <= 1


def test_a_length_that_is_its_own_step_is_asked_about_once() -> None:
    clamd = Clamd(3 * MIB)
    proof = clamd.proof()
    proof.establish(patience())
    assert not proof.covers(4 * MIB, patience())
    assert clamd.asked.count(4 * MIB) == 1


def test_what_is_longer_than_any_message_is_never_covered() -> None:
    clamd = Clamd(200 * MIB)
    proof = clamd.proof()
    proof.establish(patience())
    assert not proof.covers(MAX_FILE_SIZE + 1, patience())


def test_threads_with_large_messages_ask_once_together() -> None:
    clamd = Clamd(MAX_FILE_SIZE)
    proof = clamd.proof()
    proof.establish(patience())
    asking, others_wait = Event(), Event()

    def slow(size: int, until: Patience) -> bool:
        asking.set()
        assert others_wait.wait(30)
        return clamd.finds(size, until)

    proof._finds = slow
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(proof.covers, 60 * MIB, patience())
        assert asking.wait(30)
        waiting = patience(30, others_wait.set, interval=0.01)
        assert proof.covers(50 * MIB, waiting)
        assert first.result(30)
    assert clamd.asked == [USUAL, 64 * MIB]


def test_waiting_for_another_thread_s_question_ends_with_the_message_s_time() -> None:
    proof = Clamd(MAX_FILE_SIZE).proof()
    with proof._asking, pytest.raises(OverdueError):
        proof.covers(60 * MIB, patience(0.02))


def test_a_broken_question_proves_nothing_and_is_asked_again() -> None:
    clamd = Clamd(MAX_FILE_SIZE)
    proof = clamd.proof()
    proof.establish(patience())
    answers = iter([BrokenError("gone"), None])

    def unsteady(size: int, until: Patience) -> bool:
        if error := next(answers):
            raise error
        return clamd.finds(size, until)

    proof._finds = unsteady
    with pytest.raises(BrokenError):
        proof.covers(2 * MIB, patience())
    assert proof.proven == USUAL
    assert proof.covers(2 * MIB, patience())
