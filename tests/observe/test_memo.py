from __future__ import annotations

from clamgate.observe.memo import Memo


def test_the_same_one_is_made_once_and_an_equal_one_again() -> None:
    given: list[list[int]] = []

    def make(numbers: list[int]) -> int:
        given.append(numbers)
        return sum(numbers)

    memo = Memo(make)
    one, equal = [1, 2], [1, 2]
    assert [memo(one), memo(one), memo(equal), memo(one)] == [3, 3, 3, 3]
    assert len(given) == 2


def test_few_are_remembered_and_none_is_taken_for_another() -> None:
    memo: Memo[tuple[int], int] = Memo(lambda one: one[0], most=3)
    for number in [*range(100), *range(100)]:
        assert memo((number,)) == number  # each is gone, and its id free, unless it is remembered
