from __future__ import annotations

from collections.abc import Iterator

import pytest

from clamgate.daemon.exporter.inquiry import Inquiry
from clamgate.daemon.figures import Figures
from clamgate.daemon.link import Link


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def link() -> Iterator[tuple[Link, Link]]:
    ours, theirs = Link.pair()
    yield ours, theirs
    ours.close()
    theirs.close()


def answer(figures: Figures) -> dict[str, object]:
    return {"answer": {"serial": 1, "result": {"ok": True, "figures": figures.to_json()}}}


def test_an_answer_serves_for_a_while(link: tuple[Link, Link], clock: Clock) -> None:
    inquiry = Inquiry(link[0], clock)
    assert not inquiry.settled
    inquiry.ask()
    assert link[1].wait(5) == {"ask": {"serial": 1, "command": "figures", "arguments": {}}}
    assert inquiry.open
    assert not inquiry.settled
    assert inquiry.take(answer(Figures(connections=7)))
    assert inquiry.settled
    assert inquiry.figures.connections == 7
    clock.now += 2
    assert not inquiry.settled
    assert inquiry.silent == 2


def test_a_master_that_is_busy_is_not_waited_for_for_long(
    link: tuple[Link, Link], clock: Clock
) -> None:
    inquiry = Inquiry(link[0], clock)
    inquiry.ask()
    clock.now += 2
    assert inquiry.settled
    inquiry.give_up()
    assert not inquiry.settled
    assert inquiry.silent == 2
    assert inquiry.take(answer(Figures(in_flight=3)))
    assert inquiry.figures.in_flight == 3
    assert inquiry.silent == 0


def test_other_messages_are_no_answers(link: tuple[Link, Link], clock: Clock) -> None:
    assert not Inquiry(link[0], clock).take({"order": "finish"})
