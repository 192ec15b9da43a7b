"""A reload step by step, with posts that are as the test says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from clamgate.config.loader import Loaded
from clamgate.config.problems import ConfError, Problem
from clamgate.core.settings import Clamd, Listen, Quarantine, Settings, UnixEndpoint
from clamgate.daemon.master.plan import Plan
from clamgate.daemon.master.post import Post
from clamgate.daemon.master.reloading import Reloading
from clamgate.daemon.master.values import Generation
from clamgate.daemon.notify import Notifier
from clamgate.daemon.reports import Order, Report

OLD = Settings(Listen(UnixEndpoint("/m.sock")), Clamd(()))
NEW = replace(OLD, quarantine=Quarantine("/q"))


class ToldPost(Post):
    """Has no process: just what it was told, and what the test makes of it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Settings]] = []
        self.on_trial = False
        self.refusal = ""

    def fill(self, settings: Settings) -> None:
        self.told.append(("fill", settings))
        self.on_trial = True
        self.refusal = ""

    def restore(self, settings: Settings) -> None:
        self.told.append(("restore", settings))
        self.on_trial = False
        self.refusal = ""

    def turn_out(self, refusal: str = "") -> None:
        self.on_trial = False
        self.refusal = refusal


class Stage:
    """A reload between a conf, two posts and a plan."""

    def __init__(self) -> None:
        self.conf = OLD
        self.errors: Sequence[Problem] = ()
        self.reads = 0
        self.posts = (ToldPost(), ToldPost())
        self.plan = Plan(0.0)
        self.reloading = Reloading(OLD, self._read, self.posts, Notifier({}))

    def _read(self) -> Loaded:
        self.reads += 1
        if self.errors:
            raise ConfError(list(self.errors))
        return Loaded("conf", self.conf, (), {"LogFile": "conf:7"}, {})

    def serve(self) -> None:
        """Bring what comes up."""
        for post in self.posts:
            post.turn_out()
        assert self.reloading.see_to_it(self.plan) is None
        self.plan.decide(0.0)
        for _ in range(2):  # the new ones serve, and then the old ones drain
            for worker in self.plan.workers.values():
                self.plan.reported(worker.number, Report(leaving=worker.told), 0.0)
            self.plan.decide(0.0)

    @property
    def coming(self) -> Generation | None:
        return self.plan.coming


@pytest.fixture
def stage() -> Stage:
    """A filter that serves its first conf."""
    stage = Stage()
    stage.reloading.start()
    stage.serve()
    for post in stage.posts:
        post.told.clear()
    return stage


def test_at_the_start_no_worker_comes_before_the_posts_are_held() -> None:
    stage = Stage()
    stage.reloading.start()
    assert stage.reloading.see_to_it(stage.plan) is None
    stage.posts[0].turn_out()
    assert stage.reloading.see_to_it(stage.plan) is None
    assert stage.coming is None
    stage.posts[1].turn_out()
    assert stage.reloading.see_to_it(stage.plan) is None
    assert stage.coming is stage.reloading.generation


def test_a_start_that_is_refused_restores_nothing() -> None:
    stage = Stage()
    stage.reloading.start()
    stage.posts[0].turn_out("no room")
    stage.posts[1].turn_out()
    refusal = stage.reloading.see_to_it(stage.plan)
    assert refusal is not None
    assert refusal.reasons == ("no room",)
    assert [post.told for post in stage.posts] == [[("fill", OLD)]] * 2


def test_a_signal_while_it_starts_waits_for_the_end_of_that() -> None:
    stage = Stage()
    stage.reloading.start()
    stage.reloading.want()
    assert stage.reloading.see_to_it(stage.plan) is None
    assert stage.reads == 0


def test_many_requests_are_one_reload(stage: Stage) -> None:
    records = {id(stage.reloading.want()) for _ in range(100)}
    assert len(records) == 1
    stage.reloading.see_to_it(stage.plan)
    assert stage.reads == 1


def test_workers_come_when_the_posts_are_held(stage: Stage) -> None:
    stage.conf = NEW
    record = stage.reloading.want()
    stage.reloading.see_to_it(stage.plan)
    assert [post.told for post in stage.posts] == [[("fill", NEW)]] * 2
    assert stage.coming is None
    assert record.state == "running"
    stage.serve()
    assert stage.plan.current is stage.reloading.generation
    assert stage.reloading.done() == ()
    assert (record.state, stage.reloading.settings) == ("done", NEW)


def test_requests_during_a_reload_are_one_more(stage: Stage) -> None:
    stage.reloading.want()
    stage.reloading.see_to_it(stage.plan)
    for _ in range(5):
        stage.reloading.want()
        stage.reloading.see_to_it(stage.plan)
    assert stage.reads == 1
    stage.serve()
    stage.reloading.done()
    stage.reloading.see_to_it(stage.plan)
    assert stage.reads == 2
    assert [record.state for record in stage.reloading.records] == ["done", "running"]


def test_while_the_posts_are_filled_the_old_workers_have_the_old_settings(stage: Stage) -> None:
    stage.conf = NEW
    current = stage.plan.current
    assert current is not None
    stage.reloading.want()
    stage.reloading.see_to_it(stage.plan)
    assert stage.reloading.settings_of(current) == OLD
    assert stage.reloading.settings_of(stage.reloading.generation) == NEW


def test_a_post_that_cannot_be_held_gives_all_their_old_settings_back(stage: Stage) -> None:
    stage.conf = NEW
    record = stage.reloading.want()
    stage.reloading.see_to_it(stage.plan)
    stage.posts[0].turn_out("LogFile /x: cannot open it")
    stage.posts[1].turn_out()
    refusal = stage.reloading.see_to_it(stage.plan)
    assert refusal is not None
    assert refusal.reasons == ("conf:7: LogFile /x: cannot open it",)
    assert (record.state, record.lines) == ("refused", refusal.reasons)
    assert [post.told for post in stage.posts] == [[("fill", NEW), ("restore", OLD)]] * 2
    assert stage.reloading.settings == OLD
    assert stage.coming is None


def test_a_conf_that_cannot_be_read_changes_nothing(stage: Stage) -> None:
    stage.errors = (Problem("conf", 3, "no such directive"),)
    stage.reloading.want()
    refusal = stage.reloading.see_to_it(stage.plan)
    assert refusal is not None
    assert refusal.reasons == (str(stage.errors[0]),)
    assert [post.told for post in stage.posts] == [[], []]


def test_nothing_is_begun_once_all_stops(stage: Stage) -> None:
    stage.reloading.want()
    stage.reloading.see_to_it(stage.plan)
    stage.plan.stop(Order.STOP)
    for post in stage.posts:
        post.turn_out()
    stage.reloading.want()
    assert stage.reloading.see_to_it(stage.plan) is None
    assert stage.coming is None
    assert stage.reads == 1
