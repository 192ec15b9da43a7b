from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from clamgate.cli.interrupts import Interrupts

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    """Watch as a command does, and give the signals back."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    interrupts = Interrupts()
    interrupts.watch()
    yield interrupts
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_it_interrupts_at_once(interrupts: Interrupts, number: signal.Signals) -> None:
    with interrupts.held():
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def work(interrupts: Interrupts, *numbers: signal.Signals) -> Iterator[str]:
    """Do what is to be whole, with signals in between."""
    with interrupts.held():
        for number in numbers:
            yield f"before {number.name}"
            signal.raise_signal(number)
        yield "the rest"


def done_of(steps: Iterator[str]) -> list[str]:
    """Return what was done by the time of an interrupt, which there must be."""
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        any(map(done.append, steps))
    return done


@pytest.mark.parametrize("number", SIGNALS)
def test_what_is_to_be_whole_is_done_first(interrupts: Interrupts, number: signal.Signals) -> None:
    assert done_of(work(interrupts, number)) == [f"before {number.name}", "the rest"]


def test_a_second_one_does_not_wait(interrupts: Interrupts) -> None:
    assert done_of(work(interrupts, *SIGNALS)) == ["before SIGINT", "before SIGTERM"]
