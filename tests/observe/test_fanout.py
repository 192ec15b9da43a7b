from __future__ import annotations

from tests.observe.examples import Clock, Recorder

from clamgate.core.events import Event, Fault
from clamgate.observe.fanout import Fanout

EVENT = Fault("here", "something")


class Broken:
    def observe(self, event: Event) -> None:
        raise ValueError(f"cannot take {type(event).__name__}")


def test_every_observer_gets_every_event_in_order() -> None:
    first, second = Recorder(), Recorder()
    reports: list[str] = []
    fanout = Fanout([first, second], reports.append)
    other = Fault("there", "else")
    fanout.observe(EVENT)
    fanout.observe(other)
    assert first.events == second.events == [EVENT, other]
    assert fanout.failures == (0, 0)
    assert reports == []


def test_one_that_raises_is_counted_and_the_others_are_told() -> None:
    before, after = Recorder(), Recorder()
    fanout = Fanout([before, Broken(), after], lambda _text: None)
    for _ in range(3):
        fanout.observe(EVENT)
    assert fanout.failures == (0, 3, 0)
    assert len(before.events) == len(after.events) == 3


def test_the_last_resort_hears_of_it_first_and_then_rarely() -> None:
    reports: list[str] = []
    clock = Clock()
    fanout = Fanout([Broken()], reports.append, clock)
    for _ in range(3):
        fanout.observe(EVENT)
    assert reports == ["Broken failed on Fault: ValueError: cannot take Fault"]
    clock.now += 3600
    fanout.observe(EVENT)
    assert len(reports) == 2
    assert reports[1].endswith("(and 2 times before)")


def test_each_observer_has_its_own_first_time() -> None:
    reports: list[str] = []
    Fanout([Broken(), Broken()], reports.append).observe(EVENT)
    assert len(reports) == 2


def test_a_last_resort_that_raises_does_not_reach_the_mail_path() -> None:
    def fail(text: str) -> None:
        raise OSError(text)

    fanout = Fanout([Broken()], fail)
    fanout.observe(EVENT)
    assert fanout.failures == (1,)
