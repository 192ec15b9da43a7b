from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator

import pytest
from tests.observe.examples import Clock, message
from tests.waiting import wait_until

from clamgate.core.events import Fault, Happened, MessageExempt
from clamgate.observe import later
from clamgate.observe.later import Chronicler, Later


class Recorder:
    """Keeps what it is told, and when that was."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []

    def note(self, events: Iterable[Happened]) -> None:
        for event, at in events:
            assert isinstance(event, Fault | MessageExempt)
            self.told.append((event.reason, at))


class Broken:
    """Raises on some events, and keeps the others.

    Args:
        on: The reasons of those.
        early: Raise before one is taken, where it cannot know whether there are more.
    """

    def __init__(self, on: Collection[str], *, early: bool = False) -> None:
        self.told: list[str] = []
        self._on = on
        self._early = early

    def note(self, events: Iterable[Happened]) -> None:
        if self._early:
            raise ValueError("early")
        for event, at in events:
            assert isinstance(event, MessageExempt)
            if event.reason in self._on:
                raise ValueError(f"{event.reason} at {at}")
            self.told.append(event.reason)


def mail(number: int) -> MessageExempt:
    return MessageExempt(message(), str(number))


@pytest.fixture
def make() -> Iterator[Callable[..., Later]]:
    """Return a function that makes one, with its thread."""
    made: list[Later] = []

    def make_it(*observers: Chronicler, settle: Callable[[], object] = int) -> Later:
        made.append(Later(observers, settle, lambda _text: None))
        made[-1].start()
        return made[-1]

    yield make_it
    for one in made:
        one.close(10)


def test_they_are_told_in_order_and_of_when_it_was() -> None:
    clock = Clock(1.0)
    first, second, settled = Recorder(), Recorder(), []
    both = Later(
        [first, second], lambda: settled.append(len(second.told)), lambda _text: None, clock=clock
    )  # without its thread
    both.observe(mail(0))
    clock.now = 2.0
    both.observe(mail(1))
    assert first.told == []
    both.catch_up()
    both.catch_up()
    assert first.told == second.told == [("0", 1.0), ("1", 2.0)]
    assert settled == [2, 2]


def test_what_is_not_of_mail_is_told_at_once_and_in_its_place() -> None:
    recorder = Recorder()
    one = Later([recorder], int, lambda _text: None)  # its thread never comes
    one.observe(mail(0))
    assert recorder.told == []
    one.observe(Fault("clamd", "1"))
    assert [reason for reason, _ in recorder.told] == ["0", "1"]


def test_soon_it_is_told_by_itself(make: Callable[..., Later]) -> None:
    recorder = Recorder()
    one = make(recorder)
    for number in range(3):  # each after the thread has gone back to sleep, or while it works
        one.observe(mail(number))
        wait_until(lambda number=number: len(recorder.told) == number + 1, "the event")  # type: ignore[misc]


def test_many_do_not_wait_for_others(
    make: Callable[..., Later], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later, "_SOON", 3600.0)
    recorder = Recorder()
    one = make(recorder)
    for number in range(later._MANY):
        one.observe(mail(number))
    wait_until(lambda: len(recorder.told) == later._MANY, "the events")


def test_more_than_may_wait_are_told_by_who_brings_them() -> None:
    recorder = Recorder()
    one = Later([recorder], int, lambda _text: None)  # its thread never comes
    for number in range(later._MOST):
        one.observe(mail(number))
    assert [reason for reason, _ in recorder.told] == [str(n) for n in range(later._MOST)]


def test_many_threads_lose_nothing(make: Callable[..., Later]) -> None:
    recorder = Recorder()
    one = make(recorder)

    def bring(first: int) -> None:
        for number in range(first, first + 2000):
            one.observe(mail(number))

    threads = [threading.Thread(target=bring, args=(first,)) for first in (0, 10_000, 20_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one.catch_up()
    numbers = [int(reason) for reason, _ in recorder.told]
    assert len(numbers) == 6000
    for first in (0, 10_000, 20_000):
        assert [n for n in numbers if first <= n < first + 2000] == [*range(first, first + 2000)]


def test_one_that_raises_harms_no_other_and_no_event() -> None:
    before, after = Recorder(), Recorder()
    broken, hopeless = Broken(("1", "2", "4")), Broken((), early=True)
    reports: list[str] = []
    one = Later([before, broken, hopeless, after], int, reports.append, clock=Clock(1.0))
    for number in range(5):
        one.observe(mail(number))
    one.catch_up()
    assert len(before.told) == len(after.told) == 5
    assert broken.told == ["0", "3"]
    assert reports == [
        "Broken failed on MessageExempt: ValueError: 1 at 1.0",
        "Broken failed on MessageExempt: ValueError: early",
    ]


def test_what_nobody_wants_is_not_kept() -> None:
    recorder = Recorder()
    one = Later([recorder], int, lambda _text: None, ignores=lambda event: event == mail(1))
    for number in range(3):
        one.observe(mail(number))
    one.catch_up()
    assert [reason for reason, _ in recorder.told] == ["0", "2"]


def test_close_tells_of_the_last_ones(
    make: Callable[..., Later], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later, "_SOON", 3600.0)
    recorder = Recorder()
    one = make(recorder)
    one.observe(mail(0))
    one.close(10)
    assert [reason for reason, _ in recorder.told] == ["0"]
