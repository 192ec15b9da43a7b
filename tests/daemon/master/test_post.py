"""A post, with real processes and a clock of the test's."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from unittest import mock

import pytest
from tests.waiting import wait_until

from clamgate.core.settings import Clamd, Listen, Settings, UnixEndpoint
from clamgate.daemon.errors import StartError
from clamgate.daemon.link import Link, LinkClosedError
from clamgate.daemon.master.offspring import Child, Offspring
from clamgate.daemon.master.post import FINISH_TIME, Job, Post, Stage

GOOD = Settings(Listen(UnixEndpoint("/good")), Clamd(()))
BETTER = replace(GOOD, listen=Listen(UnixEndpoint("/better")))
BAD = replace(GOOD, listen=Listen(UnixEndpoint("/bad")))
SLOW = replace(GOOD, listen=Listen(UnixEndpoint("/slow")))
STUBBORN = replace(GOOD, listen=Listen(UnixEndpoint("/stubborn")))
NONE = replace(GOOD, listen=Listen(UnixEndpoint("/none")))


def serve(link: Link) -> int:
    """Be ready, say back what is said, and end when told to finish."""
    link.send({"ready": True})
    try:
        while message := link.wait(60):
            link.send({"heard": message})
            if message == {"order": "finish"}:
                return 0
    except LinkClosedError:
        pass
    return 1


def fail(link: Link) -> int:
    link.send({"failed": "no room"})
    return 1


def hang(_link: Link) -> int:
    threading.Event().wait()
    return 0


def be_stubborn(link: Link) -> int:
    link.send({"ready": True})
    return hang(link)


MAINS: dict[str, Callable[[Link], int]] = {
    "/good": serve,
    "/better": serve,
    "/bad": fail,
    "/slow": hang,
    "/stubborn": be_stubborn,
}


def main_of(settings: Settings) -> Callable[[Link], int]:
    return MAINS[str(settings.listen.socket).removeprefix("unix:")]


JOB = Job(
    subject="x",
    what="the process",
    is_needed=lambda settings: settings is not NONE,
    is_same=lambda one, other: one.listen == other.listen,
    main=main_of,
    boot_time=20.0,
    pause=7.0,
    retry=1.0,
    longest_retry=5.0,
)


class Office:
    """A post, driven as the master does."""

    def __init__(self, offspring: Offspring) -> None:
        self.now = 100.0
        self.offspring = offspring
        self.post = Post(JOB, offspring, lambda: self.now)

    def go_on(self, after: float = 0.0) -> None:
        """Do what the master's loop does in one round."""
        self.now += after
        if self.post.child and self.post.listens:
            self._hear(self.post.child)
        for child, _ in self.offspring.reap():
            self._hear(child)
            assert self.post.ended(child)
        self.post.see_to_it()

    def until(self, stage: Stage) -> Child | None:
        def reached() -> bool:
            self.go_on()
            return self.post.stage is stage

        wait_until(reached, f"that it is {stage.value}")
        return self.post.child

    def until_refused(self) -> None:
        def refused() -> str:
            self.go_on()
            return self.post.refusal

        wait_until(refused, "a refusal")

    def held_by(self, settings: Settings) -> Child:
        self.post.fill(settings)
        child = self.until(Stage.SERVING)
        assert child is not None
        return child

    def _hear(self, child: Child) -> None:
        try:
            while (message := child.link.receive()) is not None:
                self.post.heard(message)
        except LinkClosedError:
            self.post.hang_up(child)


@pytest.fixture
def office(offspring: Offspring) -> Iterator[Office]:
    office = Office(offspring)
    yield office
    if office.post.child:
        office.post.child.kill()
        office.post.await_end()


def test_it_is_on_trial_until_its_process_is_ready(office: Office) -> None:
    office.post.fill(GOOD)
    assert office.post.on_trial
    office.until(Stage.SERVING)
    assert not office.post.on_trial
    assert office.post.refusal == ""
    assert office.post.is_calm


def test_settings_that_need_nobody_are_had_at_once(office: Office) -> None:
    office.post.fill(NONE)
    assert not office.post.on_trial
    office.go_on()
    assert office.post.stage is Stage.VACANT
    assert office.post.is_calm


def test_the_holder_stays_for_settings_that_are_the_same_to_it(office: Office) -> None:
    child = office.held_by(GOOD)
    office.post.fill(replace(GOOD))
    assert not office.post.on_trial
    office.go_on()
    assert office.post.child is child


def test_another_takes_its_place_when_it_has_left(office: Office) -> None:
    child = office.held_by(GOOD)
    office.post.fill(BETTER)
    assert office.post.stage is Stage.LEAVING
    assert not office.post.is_calm
    assert office.until(Stage.BOOTING) is not child
    office.until(Stage.SERVING)
    assert office.post.take_troubles() == []
    assert office.post.restarts == 0


def test_a_trial_that_fails_says_why_and_is_not_repeated(office: Office) -> None:
    office.held_by(GOOD)
    office.post.fill(BAD)
    office.until_refused()
    assert office.post.refusal == "no room"
    assert not office.post.on_trial
    office.go_on(after=60.0)
    assert office.post.stage is Stage.VACANT
    assert office.post.take_troubles() == []


def test_what_cannot_even_be_forked_is_refused(office: Office) -> None:
    no_room = replace(JOB, main=mock.Mock(side_effect=StartError("no memory")))
    office.post = Post(no_room, office.offspring, lambda: office.now)
    office.post.fill(GOOD)
    office.go_on()
    assert office.post.refusal == "no memory"


def test_after_a_trial_that_failed_all_can_be_as_it_was(office: Office) -> None:
    office.held_by(GOOD)
    office.post.fill(BAD)
    office.until_refused()
    office.post.restore(GOOD)
    assert office.post.refusal == ""
    office.until(Stage.SERVING)


def test_what_was_not_changed_need_not_be_restored(office: Office) -> None:
    child = office.held_by(GOOD)
    office.post.restore(GOOD)
    office.go_on()
    assert office.post.child is child


def test_one_that_takes_too_long_is_killed(office: Office) -> None:
    office.post.fill(SLOW)
    office.until(Stage.BOOTING)
    office.go_on(after=JOB.boot_time)
    assert office.post.on_trial
    office.go_on(after=1.0)
    office.until_refused()
    assert office.post.refusal == "the process is not ready after 20 s"


def test_one_that_does_not_finish_is_killed(office: Office) -> None:
    office.held_by(STUBBORN)
    office.post.fill(GOOD)
    office.go_on(after=FINISH_TIME + 1.0)
    office.until(Stage.SERVING)
    assert office.post.take_troubles() == []


def test_one_that_dies_is_replaced_after_the_pause(office: Office) -> None:
    office.held_by(GOOD).kill()
    office.until(Stage.VACANT)
    assert office.post.take_troubles() == ["the process has ended: a new one will take its place"]
    assert office.post.restarts == 1
    office.go_on(after=JOB.pause - 0.5)
    assert office.post.stage is Stage.VACANT
    assert office.post.is_calm
    office.now += 0.5
    office.until(Stage.SERVING)


def test_a_start_that_fails_is_repeated_ever_more_slowly(office: Office) -> None:
    office.held_by(GOOD).kill()
    office.until(Stage.VACANT)
    office.post.take_troubles()
    office.now += JOB.pause
    full = OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    with mock.patch("os.fork", side_effect=full):
        for pause in (1.0, 2.0, 4.0, 5.0, 5.0):
            office.go_on()
            (trouble,) = office.post.take_troubles()
            assert trouble.startswith("no other process can be forked")
            office.go_on(after=pause - 0.1)
            assert office.post.take_troubles() == []
            office.now += 0.1
    office.until(Stage.SERVING)


def test_it_can_be_vacated(office: Office) -> None:
    office.held_by(GOOD)
    office.post.vacate()
    office.until(Stage.VACANT)
    office.go_on(after=60.0)
    assert office.post.child is None
    assert office.post.take_troubles() == []


def test_the_end_is_awaited(office: Office) -> None:
    office.held_by(GOOD)
    office.post.vacate()
    office.post.await_end()
    assert office.post.child is None
    assert list(office.offspring.reap()) == []


def test_an_order_reaches_the_holder(office: Office) -> None:
    child = office.held_by(GOOD)
    office.post.tell("reopen")
    assert child.link.wait(30) == {"heard": {"order": "reopen"}}
