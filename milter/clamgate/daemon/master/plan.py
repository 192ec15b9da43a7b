"""Which workers there are to be: decided here, from what happened and the time. No I/O, no clock.

Whoever drives it tells it what happened (`reported`, `ended`, `reload`, `stop`); `decide` then says
what is to be done. A generation is the workers of one conf. A new one is started beside the old
one, and takes its place when all of its workers serve; the old ones then drain. That it is in force
is said when the last of those takes no more connections: no mail that comes later is judged by the
old conf.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clamgate.daemon.master.values import (
    Action,
    Ending,
    Generation,
    GiveUp,
    Kill,
    Promoted,
    Refused,
    Replaced,
    Slot,
    Start,
    State,
    Tell,
    Worker,
)
from clamgate.daemon.reports import Order, Report

BOOT_TIME = 30.0
"""Seconds a worker may take until it serves."""

SILENCE = 30.0
"""Seconds without a report, which needs a live libmilter, after which a worker counts as hung."""

GRACE = 15.0
"""Seconds that a worker may be late in leaving before it is killed."""

MOST_DRAINING = 4
"""Generations that may drain at a time. A reload beyond waits: no session is cut off for one."""

_OVERSLEPT = 5.0
"""Seconds between two decisions from which on it was we who slept, and silence proves nothing."""


class Plan:
    """The workers, and what is to become of them."""

    def __init__(self, now: float) -> None:
        self.workers: dict[int, Worker] = {}
        self.current: Generation | None = None
        self.coming: Generation | None = None
        self.stopping: Order | None = None
        self._number = 0
        self._former_restarts = 0
        self._unsaid: Generation | None = None
        self._ready_made: list[Action] = []
        self._decided = now

    # What happened.

    def reload(self, generation: Generation) -> None:
        """Take a conf, the first or a new one. Only if `may_reload`."""
        self.coming = generation

    @property
    def may_reload(self) -> bool:
        """Whether another generation can be begun now."""
        draining = {w.generation.number for w in self._in(State.DRAINING, State.STOPPING)}
        if self.current:
            draining.discard(self.current.number)
        under_way = self.coming or self._unsaid or self.stopping
        return not under_way and len(draining) < MOST_DRAINING

    @property
    def restarts(self) -> int:
        """How often a worker was replaced, other than by a reload."""
        now = self.current.slots if self.current else ()
        return self._former_restarts + sum(slot.restarts for slot in now)

    def stop(self, order: Order) -> None:
        """End it all: STOP lets messages in flight finish, QUIT does not."""
        self.stopping = order

    def reported(self, number: int, report: Report, now: float) -> None:
        """Take note of a worker's report; its first one says that it serves."""
        worker = self.workers[number]
        worker.heard = now
        worker.report = report
        if worker.state is State.STARTING:
            self._turn(worker, State.SERVING, now)
        if report.leaving is Order.DRAIN and worker.state is State.SERVING:
            worker.slot.restarts += 1  # somebody has sent it SIGTERM
            self._turn(worker, State.DRAINING, now)

    def closing(self, number: int, now: float) -> None:
        """Take note that a worker has nothing more to wait for, and is on its way out."""
        worker = self.workers[number]
        if worker.state is not State.STOPPING:
            self._turn(worker, State.STOPPING, now)

    def ended(self, number: int, how: Ending, now: float) -> None:
        """Take note that a worker has ended, or could not even be forked."""
        worker = self.workers.pop(number)
        self._ready_made = [a for a in self._ready_made if a != Kill(worker, "")]
        lived = now - worker.since if worker.state is State.SERVING else 0.0
        if worker.state is State.STARTING and worker.generation is self.coming:
            self._fail_to_come(how.reason)
            return
        if worker.state in (State.STARTING, State.SERVING):
            worker.slot.lose(lived, now)
        if worker.state is State.SERVING or (how.failed and not worker.killed):
            self._ready_made.append(Replaced(worker, how.reason))

    # What is to be done.

    def decide(self, now: float) -> list[Action]:
        """Return what is to be done, in order."""
        if now - self._decided > _OVERSLEPT:
            for worker in self.workers.values():
                worker.heard = max(worker.heard, now)
        self._decided = now
        actions, self._ready_made = self._ready_made, []
        if self.stopping:
            actions += self._stop_all(self.stopping, now)
        else:
            actions += self._promote(now)
            actions += self._announce()
            actions += self._recycle(now)
            actions += self._start_missing(now)
        return [*actions, *self._kill_overdue(now)]

    @property
    def finished(self) -> bool:
        """Whether all has ended that was to end."""
        return self.stopping is not None and not self.workers

    @property
    def longest_stop(self) -> float:
        """Seconds within which all workers there are have ended once they are told to stop."""
        stops = [worker.generation.limits.stop for worker in self.workers.values()]
        return max(stops, default=0.0) + GRACE

    def due(self, now: float) -> float:
        """Return the seconds after which to decide again even if nothing happens: at most 1."""
        waiting = [slot.not_before - now for g in self._generations() for slot in g.slots]
        return min([1.0, *(max(0.05, seconds) for seconds in waiting if seconds > 0)])

    def _start_missing(self, now: float) -> Iterator[Action]:
        for generation in self._generations():
            for slot in generation.slots:
                if now >= slot.not_before and not any(self._of(slot, *_THERE)):
                    yield self._start(slot, generation, now)

    def _start(self, slot: Slot, generation: Generation, now: float) -> Start:
        self._number += 1
        worker = Worker(self._number, slot, generation, State.STARTING, now, now)
        self.workers[worker.number] = worker
        return Start(worker)

    def _promote(self, now: float) -> Iterator[Action]:
        coming = self.coming
        if coming is None or not all(any(self._of(s, State.SERVING)) for s in coming.slots):
            return
        self._former_restarts = self.restarts
        self.current, self.coming = coming, None
        self._unsaid = coming
        for worker in self._in(State.STARTING, State.SERVING):
            if worker.generation is not coming:
                yield self._tell(worker, Order.DRAIN, now)

    def _announce(self) -> Iterator[Action]:
        """Say that a generation is in force, unless one of a former may still take connections."""
        unsaid = self._unsaid
        draining = (w for w in self._in(State.DRAINING) if w.generation is not unsaid)
        if unsaid and not any(w.report.leaving is None and not w.killed for w in draining):
            self._unsaid = None
            yield Promoted(unsaid)

    def _recycle(self, now: float) -> Iterator[Action]:
        """Replace one worker at a time that has had its number of messages; the new one first."""
        if self.current is None or not self.current.limits.max_messages:
            return
        for slot in self.current.slots:
            serving = self._of(slot, State.SERVING)
            if len(serving) > 1:
                slot.restarts += 1
                yield _spent(serving[0])
                yield self._tell(serving[0], Order.DRAIN, now)
        if self._in(State.STARTING) or self.coming:
            return
        for worker in self._in(State.SERVING):
            spent = worker.report.messages >= self.current.limits.max_messages
            if spent and now >= worker.slot.not_before:
                yield self._start(worker.slot, self.current, now)
                return

    def _stop_all(self, order: Order, now: float) -> Iterator[Action]:
        for worker in self.workers.values():
            if worker.told is not order and worker.told is not Order.QUIT:
                yield self._tell(worker, order, now)

    def _fail_to_come(self, reason: str) -> None:
        """Give a generation up, one of whose workers does not come up."""
        if self.coming is None:
            return
        failed, self.coming = self.coming, None
        for worker in self.workers.values():
            if worker.generation is failed:
                worker.state, worker.killed = State.STOPPING, True
                self._ready_made.append(Kill(worker, ""))
        if self.current is None:
            self.stopping = Order.QUIT
            self._ready_made.append(GiveUp(reason))
        else:
            self._ready_made.append(Refused(failed, reason))

    def _kill_overdue(self, now: float) -> Iterator[Action]:
        for worker in self.workers.values():
            if not worker.killed and (why := _overdue(worker, now)):
                worker.killed = True
                yield Kill(worker, why)

    def _tell(self, worker: Worker, order: Order, now: float) -> Tell:
        self._turn(worker, State.DRAINING if order is Order.DRAIN else State.STOPPING, now)
        worker.told = order
        return Tell(worker, order)

    def _turn(self, worker: Worker, state: State, now: float) -> None:
        worker.state = state
        worker.since = now

    def _generations(self) -> Iterable[Generation]:
        return [g for g in (self.current, self.coming) if g and not self.stopping]

    def _of(self, slot: Slot, *states: State) -> list[Worker]:
        return [w for w in self.workers.values() if w.slot is slot and w.state in states]

    def _in(self, *states: State) -> list[Worker]:
        return [w for w in self.workers.values() if w.state in states]


def _spent(worker: Worker) -> Replaced:
    reason = f"has judged {worker.report.messages} messages (MaxRequestsPerWorker)"
    return Replaced(worker, reason, lost=False)


_THERE = (State.STARTING, State.SERVING)


def _overdue(worker: Worker, now: float) -> str:
    """Say why a worker must be killed, if it must."""
    limits = worker.generation.limits
    in_state = now - worker.since
    match worker.state:
        case State.STARTING if in_state > BOOT_TIME:
            return f"it did not serve within {BOOT_TIME:g} s"
        case State.SERVING | State.DRAINING if now - worker.heard > SILENCE:
            return f"it hung: no sign of life from its milter threads for {SILENCE:g} s"
        case State.DRAINING if in_state > limits.drain + limits.stop + GRACE:
            return "it did not leave in time"
        case State.STOPPING if worker.told is Order.QUIT and in_state > GRACE:
            return "it did not leave at once"
        case State.STOPPING if in_state > limits.stop + GRACE:
            return "it did not stop in time"
    return ""
