from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from clamgate.message.turns import Turns


def nothing() -> None:
    """Keep nobody alive."""


def test_one_has_its_turn_and_then_the_next() -> None:
    turns = Turns()
    waited = Event()
    order = []

    def second() -> None:
        with turns.turn(waited.set):
            order.append("second")

    with ThreadPoolExecutor() as aside:
        with turns.turn(nothing):
            done = aside.submit(second)
            assert waited.wait(30)
            order.append("first")
        done.result(30)
    assert order == ["first", "second"]


def test_a_wait_that_is_given_up_takes_no_turn() -> None:
    turns = Turns()

    def give_up() -> None:
        raise TimeoutError

    with turns.turn(nothing), pytest.raises(TimeoutError), turns.turn(give_up):
        pass
    with turns.turn(give_up):
        pass


def test_a_turn_that_fails_is_over() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="broken"), turns.turn(nothing):
        raise ValueError("broken")
    with turns.turn(nothing):
        pass
