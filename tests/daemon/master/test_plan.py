"""The plan, by values and a clock of the test's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clamgate.daemon.master.plan import BOOT_TIME, GRACE, MOST_DRAINING, SILENCE, Plan
from clamgate.daemon.master.values import (
    Action,
    Ending,
    Generation,
    GiveUp,
    Kill,
    Limits,
    Promoted,
    Refused,
    Replaced,
    Start,
    State,
    Tell,
    Worker,
)
from clamgate.daemon.reports import Order, Report

LIMITS = Limits(drain=600, stop=60)
CRASH = Ending(failed=True, reason="was ended by SIGKILL")
CLEAN = Ending(failed=False, reason="ended")


class Stage:
    """A plan, and a clock that goes on when it is told to."""

    def __init__(self, workers: int = 2, limits: Limits = LIMITS) -> None:
        self.now = 1000.0
        self.generations = 1
        self.limits = limits
        self.plan = Plan(self.now)
        self.plan.reload(Generation.of(1, workers, limits))

    def decide(self, after: float = 0.0) -> list[Action]:
        self.now += after
        return self.plan.decide(self.now)

    def pass_time(self, seconds: float) -> list[Action]:
        """Let time pass as it does in the loop, with a decision every second."""
        actions: list[Action] = []
        for _ in range(int(seconds)):
            actions += self.decide(1.0)
        return actions

    def report(self, worker: Worker, report: Report | None = None) -> None:
        self.plan.reported(worker.number, report or Report(), self.now)

    def end(self, worker: Worker, how: Ending = CRASH) -> None:
        self.plan.ended(worker.number, how, self.now)

    def serve(self) -> list[Worker]:
        """Bring the coming generation up, and return its workers."""
        workers = started(self.decide())
        for worker in workers:
            self.report(worker)
        return workers

    def reload(self, workers: int = 2) -> None:
        self.generations += 1
        self.plan.reload(Generation.of(self.generations, workers, self.limits))

    def obey(self) -> None:
        """Have those that were given an order report that they follow it."""
        for worker in self.plan.workers.values():
            self.report(worker, replace(worker.report, leaving=worker.told))

    def keep_alive(self, *dead: Worker) -> None:
        for worker in self.plan.workers.values():
            if worker not in dead:
                self.plan.reported(worker.number, worker.report, self.now)


def started(actions: Sequence[Action]) -> list[Worker]:
    return [action.worker for action in actions if isinstance(action, Start)]


def test_it_starts_as_many_workers_as_wanted_and_says_when_all_serve() -> None:
    stage = Stage(workers=3)
    first, *others = started(stage.decide())
    assert [worker.slot.number for worker in (first, *others)] == [1, 2, 3]
    stage.report(first)
    assert stage.decide() == []
    for worker in others:
        stage.report(worker)
    assert stage.decide() == [Promoted(first.generation)]
    assert stage.decide() == []


def test_a_first_worker_that_cannot_boot_ends_the_start_with_its_reason() -> None:
    stage = Stage()
    one, other = started(stage.decide())
    stage.end(one, Ending(failed=True, reason="no such thing"))
    actions = stage.decide()
    assert GiveUp("no such thing") in actions
    assert Kill(other, "") in actions
    assert started(actions) == []
    stage.end(other)
    assert stage.decide() == []
    assert stage.plan.finished


def test_of_several_that_end_together_at_boot_none_is_killed_that_is_gone() -> None:
    stage = Stage(workers=3)
    one, other, third = started(stage.decide())
    stage.end(one, Ending(failed=True, reason="no room"))
    stage.end(other, Ending(failed=True, reason="no room"))
    assert stage.decide() == [
        Kill(third, ""),
        GiveUp("no room"),
        Tell(third, Order.QUIT),
    ]
    stage.end(third)
    assert stage.decide() == []
    assert stage.plan.finished


def test_a_worker_that_boots_too_slowly_is_killed() -> None:
    stage = Stage(workers=1)
    (worker,) = started(stage.decide())
    assert Kill(worker, "it did not serve within 30 s") in stage.pass_time(BOOT_TIME + 2)


def test_one_that_dies_is_replaced_in_its_place() -> None:
    stage = Stage()
    one, _ = stage.serve()
    stage.decide(after=10.0)
    stage.keep_alive()
    stage.end(one)
    lost, start = stage.decide()
    assert lost == Replaced(one, "was ended by SIGKILL")
    assert isinstance(start, Start)
    assert (start.worker.slot, start.worker.generation) == (one.slot, one.generation)
    assert one.slot.restarts == stage.plan.restarts == 1


def test_those_that_die_at_once_are_replaced_ever_more_slowly() -> None:
    stage = Stage(workers=1)
    (worker,) = stage.serve()
    stage.decide()
    pauses = []
    for _ in range(9):
        stage.end(worker)
        began = stage.now
        while not (again := started(stage.decide(0.25))):
            pass
        pauses.append(stage.now - began)
        (worker,) = again
        stage.report(worker)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_one_that_lived_makes_the_pauses_short_again() -> None:
    stage = Stage(workers=1)
    (worker,) = stage.serve()
    stage.decide()
    stage.end(worker)
    (worker,) = started(stage.pass_time(1))
    stage.report(worker)
    stage.decide(4.0)
    stage.end(worker)
    assert started(stage.decide())


def test_due_says_when_a_pause_is_over() -> None:
    stage = Stage(workers=1)
    (worker,) = stage.serve()
    assert stage.plan.due(stage.now) == 1.0
    stage.end(worker)
    assert stage.plan.due(stage.now) == 0.5


def test_a_hung_worker_is_killed_and_replaced() -> None:
    stage = Stage()
    hung, well = stage.serve()
    stage.decide()
    actions: list[Action] = []
    for _ in range(int(SILENCE) + 2):
        stage.keep_alive(hung)
        actions += stage.decide(1.0)
    assert [action.worker for action in actions if isinstance(action, Kill)] == [hung]
    stage.end(hung)
    lost, start = stage.decide()
    assert isinstance(lost, Replaced)
    assert isinstance(start, Start)
    assert well.number in stage.plan.workers


def test_if_it_was_the_master_that_slept_nobody_counts_as_hung() -> None:
    stage = Stage()
    stage.serve()
    stage.decide()
    assert stage.decide(after=3600) == []
    assert stage.pass_time(SILENCE - 1) == []


def test_a_reload_lets_the_old_ones_go_once_all_new_ones_serve() -> None:
    stage = Stage()
    old = stage.serve()
    stage.decide()
    stage.reload()
    new = started(stage.decide())
    stage.report(new[0])
    assert stage.decide() == []
    stage.report(new[1])
    assert stage.decide() == [Tell(worker, Order.DRAIN) for worker in old]
    stage.obey()
    assert stage.decide() == [Promoted(new[0].generation)]
    for worker in old:
        stage.plan.closing(worker.number, stage.now)
        stage.end(worker, CLEAN)
    assert stage.decide() == []
    assert list(stage.plan.workers.values()) == new


def test_a_conf_is_in_force_when_no_old_worker_takes_connections_any_more() -> None:
    stage = Stage(workers=3)
    obeying, dying, hanging = stage.serve()
    stage.decide()
    stage.reload(workers=1)
    (new,) = stage.serve()
    assert len(stage.decide()) == 3
    stage.report(obeying, Report(connections=1, leaving=Order.DRAIN))
    stage.report(dying)  # it has not read its order yet
    assert stage.decide() == []
    assert not stage.plan.may_reload
    stage.end(dying, CLEAN)
    assert stage.decide() == []
    actions: list[Action] = []
    for _ in range(int(SILENCE) + 2):
        stage.keep_alive(hanging)
        actions += stage.decide(1.0)
    (kill, promoted) = actions
    assert isinstance(kill, Kill)
    assert kill.worker is hanging
    assert promoted == Promoted(new.generation)
    assert stage.plan.may_reload


def test_restarts_are_not_forgotten_with_the_conf_they_happened_under() -> None:
    stage = Stage()
    one, _ = stage.serve()
    stage.decide(after=10.0)
    stage.keep_alive()
    stage.end(one)
    stage.decide()
    stage.reload()
    for worker in started(stage.decide()):
        stage.report(worker)
    stage.decide()
    assert stage.plan.restarts == 1


def test_a_reload_may_change_the_number_of_workers() -> None:
    stage = Stage(workers=1)
    stage.serve()
    stage.decide()
    stage.reload(workers=3)
    assert len(stage.serve()) == 3


def test_a_new_generation_that_cannot_boot_is_refused_and_the_old_one_goes_on() -> None:
    stage = Stage()
    old = stage.serve()
    stage.decide()
    stage.reload()
    one, other = started(stage.decide())
    stage.report(one)
    stage.end(other, Ending(failed=True, reason="no room"))
    actions = stage.decide()
    assert Refused(one.generation, "no room") in actions
    assert Kill(one, "") in actions
    stage.end(one)
    assert stage.decide() == []
    assert list(stage.plan.workers.values()) == old
    assert all(worker.state is State.SERVING for worker in old)
    assert stage.plan.may_reload


def test_an_old_worker_that_dies_while_new_ones_boot_is_replaced() -> None:
    stage = Stage(workers=1)
    (old,) = stage.serve()
    stage.decide(10.0)
    stage.reload()
    stage.decide()
    stage.end(old)
    (again,) = started(stage.decide())
    assert again.generation is old.generation


def test_one_reload_at_a_time() -> None:
    stage = Stage()
    assert not stage.plan.may_reload
    stage.serve()
    stage.decide()
    assert stage.plan.may_reload
    stage.reload()
    assert not stage.plan.may_reload


def test_a_reload_waits_while_too_many_generations_drain() -> None:
    stage = Stage(workers=1)
    stage.serve()
    stage.decide()
    oldest = next(iter(stage.plan.workers.values()))
    for _ in range(MOST_DRAINING):
        assert stage.plan.may_reload
        stage.reload(workers=1)
        stage.serve()
        stage.decide()
        stage.obey()
        stage.decide()
    assert not stage.plan.may_reload
    stage.plan.closing(oldest.number, stage.now)
    stage.end(oldest, CLEAN)
    assert stage.plan.may_reload


def test_one_that_drains_too_long_is_killed_in_the_end() -> None:
    stage = Stage(workers=1, limits=Limits(drain=10, stop=5))
    (old,) = stage.serve()
    stage.decide()
    stage.reload(workers=1)
    stage.serve()
    stage.decide()
    stage.obey()
    stage.decide()
    actions: list[Action] = []
    for _ in range(int(10 + 5 + GRACE) + 2):
        stage.keep_alive()
        actions += stage.decide(1.0)
    assert [action for action in actions if isinstance(action, Kill)] == [
        Kill(old, "it did not leave in time")
    ]
    stage.end(old)
    assert stage.decide() == []  # that it was killed has been told


def test_one_that_drains_by_itself_is_replaced() -> None:
    stage = Stage(workers=1)
    (worker,) = stage.serve()
    stage.decide()
    stage.report(worker, Report(connections=1, leaving=Order.DRAIN))
    (successor,) = started(stage.decide())
    assert successor.slot is worker.slot
    assert worker.state is State.DRAINING


def test_after_so_many_messages_a_worker_is_replaced_the_new_one_first() -> None:
    stage = Stage(workers=2, limits=Limits(max_messages=100))
    one, other = stage.serve()
    stage.decide()
    stage.report(one, Report(messages=100))
    stage.report(other, Report(messages=120))
    (successor,) = started(stage.decide())
    assert successor.slot is one.slot
    assert stage.decide() == []  # one at a time
    stage.report(successor)
    spent, tell, start = stage.decide()
    assert (spent, tell) == (
        Replaced(one, "has judged 100 messages (MaxRequestsPerWorker)", lost=False),
        Tell(one, Order.DRAIN),
    )
    assert isinstance(start, Start)
    assert start.worker.slot is other.slot


def test_a_stop_tells_all_and_ends_when_all_have_ended() -> None:
    stage = Stage()
    workers = stage.serve()
    stage.decide()
    stage.plan.stop(Order.STOP)
    assert stage.decide() == [Tell(worker, Order.STOP) for worker in workers]
    assert stage.decide() == []
    for worker in workers:
        assert not stage.plan.finished
        stage.end(worker, CLEAN)
    assert stage.decide() == []
    assert stage.plan.finished


def test_a_stop_reaches_those_that_drain_and_those_that_boot() -> None:
    stage = Stage(workers=1)
    (old,) = stage.serve()
    stage.decide()
    stage.reload(workers=1)
    (new,) = stage.serve()
    stage.decide()
    stage.reload(workers=1)
    (newest,) = started(stage.decide())
    stage.plan.stop(Order.STOP)
    told = [a.worker for a in stage.decide() if isinstance(a, Tell)]
    assert told == [old, new, newest]


def test_nobody_is_replaced_while_all_stops() -> None:
    stage = Stage()
    one, _ = stage.serve()
    stage.decide(10.0)
    stage.plan.stop(Order.STOP)
    stage.decide()
    stage.end(one)
    assert stage.decide() == [Replaced(one, CRASH.reason)]


def test_a_second_stop_does_not_wait() -> None:
    stage = Stage(workers=1)
    (worker,) = stage.serve()
    stage.decide()
    stage.plan.stop(Order.STOP)
    stage.decide()
    stage.plan.stop(Order.QUIT)
    assert stage.decide() == [Tell(worker, Order.QUIT)]
    assert Kill(worker, "it did not leave at once") in stage.pass_time(GRACE + 2)


def test_who_does_not_stop_in_time_is_killed() -> None:
    stage = Stage(workers=1, limits=Limits(stop=5))
    (worker,) = stage.serve()
    stage.decide()
    stage.plan.stop(Order.STOP)
    stage.decide()
    assert stage.pass_time(5 + GRACE) == []
    assert stage.pass_time(2) == [Kill(worker, "it did not stop in time")]
