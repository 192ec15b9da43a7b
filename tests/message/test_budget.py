from __future__ import annotations

from threading import Barrier, Thread

from clamgate.message.budget import MemoryBudget


def test_takes_up_to_its_limit_and_no_further() -> None:
    budget = MemoryBudget(100)
    assert budget.take(60)
    assert not budget.take(41)
    assert budget.take(40)
    assert budget.used == 100


def test_a_refusal_takes_nothing() -> None:
    budget = MemoryBudget(10)
    assert not budget.take(11)
    assert budget.used == 0


def test_what_is_given_back_can_be_taken_again() -> None:
    budget = MemoryBudget(10)
    assert budget.take(10)
    budget.give(4)
    assert budget.used == 6
    assert budget.take(4)


def test_a_budget_of_nothing_gives_nothing() -> None:
    assert not MemoryBudget(0).take(1)


def test_threads_together_never_exceed_it() -> None:
    budget = MemoryBudget(1000)
    ready = Barrier(8)
    got: list[int] = []

    def draw() -> None:
        ready.wait()
        got.append(sum(budget.take(1) for _ in range(500)))

    threads = [Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) == 1000
    assert budget.used == 1000
