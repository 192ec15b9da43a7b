"""Work done by several threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from tests.waiting import wait_until

from clamgate.harness.replay.runner import run


def double(number: int) -> int:
    return 2 * number


@pytest.mark.parametrize("jobs", [1, 3, 20])
def test_everything_is_done_once(jobs: int) -> None:
    assert sorted(run(range(10), double, jobs=jobs)) == list(range(0, 20, 2))


def test_with_one_job_it_is_done_in_order() -> None:
    assert list(run(range(10), double, jobs=1)) == list(range(0, 20, 2))


def test_nothing_to_do() -> None:
    assert list(run([], double, jobs=3)) == []


def test_so_many_are_at_work_at_the_same_time() -> None:
    barrier = threading.Barrier(4, timeout=30)
    assert sorted(run(range(4), lambda _: barrier.wait(), jobs=4)) == [0, 1, 2, 3]


def test_items_are_taken_only_when_somebody_is_free() -> None:
    taken = []
    go_on = threading.Event()

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    done = run(items(), lambda _: go_on.wait(30), jobs=2)
    first = threading.Thread(target=lambda: next(done))
    first.start()
    wait_until(lambda: len(taken) == 2, "two that are begun")
    go_on.set()
    first.join(30)
    done.close()


def test_the_pace() -> None:
    """The sixth is begun no earlier than a tenth of a second after the first could be."""
    before = time.monotonic()
    begun = list(run(range(6), lambda _: time.monotonic(), jobs=3, rate=50))
    assert max(begun) - before >= 0.99 * 5 / 50


def test_what_was_at_work_is_finished_when_one_fails() -> None:
    both_at_work = threading.Barrier(2, timeout=30)

    def work(number: int) -> int:
        both_at_work.wait()
        if number == 0:
            raise ValueError("zero")
        return number

    done = run(range(2), work, jobs=2)
    assert next(done) == 1
    with pytest.raises(ValueError, match="zero"):
        next(done)


def test_items_that_fail_fail_here() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("torn")

    done = run(items(), double, jobs=1)
    assert next(done) == 2
    with pytest.raises(OSError, match="torn"):
        next(done)


def test_closing_does_not_wait() -> None:
    release = threading.Event()
    done = run(range(100), lambda number: number == 0 or release.wait(60), jobs=2)
    assert next(done)
    done.close()
    release.set()
    wait_until(
        lambda: not [it for it in threading.enumerate() if it.name.startswith("replay-")],
        "the end of all threads",
    )
