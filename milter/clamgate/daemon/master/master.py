"""The master's loop: signals, links and the plan come together here, and nothing else is decided.

It is a single thread, because it forks. It keeps root, if it was started so, to read a conf anew
and to give what it opens to User; no mail ever passes through it.
"""

from __future__ import annotations

import select
import signal
import time
from collections.abc import Callable
from typing import Any

from clamgate.core.events import (
    Event,
    Fault,
    Reloaded,
    ReloadRefused,
    Started,
    Stopped,
    Stopping,
    WorkerReplaced,
)
from clamgate.core.settings import Settings
from clamgate.daemon.errors import StartError
from clamgate.daemon.link import LinkClosedError
from clamgate.daemon.master.answers import Answers, Posts
from clamgate.daemon.master.clerks import clerk_job
from clamgate.daemon.master.crew import Crew
from clamgate.daemon.master.expirers import event_of, expirer_job
from clamgate.daemon.master.exporters import exporter_job
from clamgate.daemon.master.offspring import Child, Offspring
from clamgate.daemon.master.plan import Plan
from clamgate.daemon.master.post import Post
from clamgate.daemon.master.premises import Premises
from clamgate.daemon.master.reloading import Reloading, Reread
from clamgate.daemon.master.values import (
    Action,
    Ending,
    GiveUp,
    Kill,
    Promoted,
    Refused,
    Replaced,
    Start,
    Tell,
    Worker,
)
from clamgate.daemon.notify import Notifier
from clamgate.daemon.reports import Order, Report
from clamgate.daemon.signals import SignalQueue
from clamgate.observe.log import LogObserver
from clamgate.observe.relay import Relay
from clamgate.version import version

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

_HEAR_ALL = 1.0
"""Seconds in which workers say, at a stop, how many messages they have in flight."""
_LAST_LINES = 2.0


class Master:
    """Runs the filter, from its first worker's start to its last one's end.

    Args:
        settings: What the conf says.
        premises: What was bound for it.
        signals: Must catch `SIGNALS`.
        reread: Reads the conf anew.
        ready: Called once, when all workers serve.
    """

    def __init__(
        self,
        settings: Settings,
        premises: Premises,
        signals: SignalQueue,
        reread: Reread,
        ready: Callable[[], None],
    ) -> None:
        self._premises = premises
        self._signals = signals
        self._ready = ready
        self._notifier = Notifier()
        self._relay = Relay(premises.writer)
        self._log = self._make_log(settings)
        self._offspring = Offspring(signals, quiet=not settings.process.foreground)
        self._clerk = Post(clerk_job(premises), self._offspring, time.monotonic)
        self._expirer = Post(expirer_job(premises), self._offspring, time.monotonic)
        self._exporter = Post(exporter_job(premises), self._offspring, time.monotonic)
        posts = Posts(self._clerk, self._expirer, self._exporter)
        self._posts = posts.all
        self._crew = Crew(self._offspring, premises)
        self._reloading = Reloading(settings, reread, self._posts, self._notifier)
        self._plan = Plan(time.monotonic())
        self._settings = settings
        self._answers = Answers(
            premises.listener.name, self._plan, self._crew, posts, self._reloading
        )
        self._unfinished = 0
        self._stop_began: float | None = None
        self._stop_told = False
        self._failure: str | None = None
        self._alive_due = 0.0

    def run(self) -> int:
        """Serve until told to stop, and return the exit status.

        Raises:
            StartError: The log cannot be written, or a worker cannot serve.
        """
        self._observe(Started(self._premises.listener.name, version()))
        if self._premises.remark:
            self._observe(Fault("control", self._premises.remark))
        self._reloading.start()
        while True:
            self._see_to_the_rest()
            for action in self._plan.decide(time.monotonic()):
                self._do(action)
            self._tell_of_stop()
            if self._has_ended:
                break
            self._wait(self._due(time.monotonic()))
        self._observe(Stopped(self._unfinished))
        self._expirer.vacate()
        self._exporter.vacate()
        self._relay.close(_LAST_LINES)  # which ends the clerk
        for post in self._posts:
            post.await_end()
        if self._failure is not None:
            self._notifier.failed(self._failure)
            raise StartError(self._failure)
        return 0

    @property
    def _has_ended(self) -> bool:
        """Whether all workers have left, and nobody else has something to finish."""
        if not self._plan.finished:
            return False
        in_haste = self._plan.stopping is Order.QUIT or self._plan.current is None
        return in_haste or (self._clerk.is_calm and self._expirer.child is None)

    # What the plan wants done.

    def _do(self, action: Action) -> None:
        match action:
            case Start(worker):
                self._start(worker)
            case Tell(worker, order):
                self._crew.tell(worker, order)
            case Kill(worker, why):
                if why:
                    self._observe(Fault(self._crew.name_of(worker), f"{why}: it is killed"))
                if self._plan.stopping:
                    self._unfinished += worker.report.in_flight
                self._crew.kill(worker)
            case Replaced(worker, reason, lost):
                self._observe(WorkerReplaced(self._crew.name_of(worker), reason, lost))
            case Promoted(generation):
                self._promoted(generation.number)
            case Refused(_, reason):
                self._refused(self._reloading.refused((reason,)))
            case GiveUp(reason):
                self._give_up(reason)

    def _start(self, worker: Worker) -> None:
        try:
            self._crew.start(worker, self._reloading.settings_of(worker.generation))
        except StartError as error:
            self._plan.ended(
                worker.number, Ending(failed=True, reason=str(error)), time.monotonic()
            )

    def _promoted(self, number: int) -> None:
        if number == 1:
            self._ready()
        else:
            waiting = self._reloading.done()
            self._settings = self._reloading.settings
            self._log = self._make_log(self._settings)
            self._observe(Reloaded(number, waiting))
        self._notifier.ready(f"Serving {self._premises.listener.name} (generation {number})")

    def _refused(self, refusal: ReloadRefused) -> None:
        if self._plan.current is None:
            self._give_up("; ".join(refusal.reasons))
            return
        self._observe(refusal)
        serving = f"Serving {self._premises.listener.name}"
        self._notifier.ready(f"{serving}; the last reload was refused")

    def _give_up(self, reason: str) -> None:
        """End it all, because not even the first generation comes up."""
        if self._stop_began is None:
            self._failure = reason
        self._plan.stop(Order.QUIT)

    # What happens.

    def _due(self, now: float) -> float:
        """Return the seconds after which there is something to do even if nothing happens."""
        due = self._plan.due(now)
        return min(due, max(0.0, self._alive_due - now)) if self._notifier.interval else due

    def _wait(self, seconds: float) -> None:
        poll = select.poll()
        poll.register(self._signals, select.POLLIN)
        children = {child.link.fileno(): child for child in self._crew.children()}
        for post in self._posts:
            if post.child and post.listens:
                children[post.child.link.fileno()] = post.child
        for descriptor in children:
            poll.register(descriptor, select.POLLIN)
        ready = [descriptor for descriptor, _ in poll.poll(seconds * 1000)]
        for descriptor in ready:
            if descriptor in children:
                self._hear(children[descriptor])
        for number in self._signals.take():
            self._take_signal(number)

    def _hear(self, child: Child) -> None:
        """Take what a child says. One that has closed its link is about to be reaped."""
        try:
            while (message := child.link.receive()) is not None:
                if "ask" in message:
                    ask = message["ask"]
                    has_quarantine = bool(self._settings.quarantine.directory)
                    result = self._answers.answer(ask, has_quarantine=has_quarantine)
                    child.link.send({"answer": {"serial": ask["serial"], "result": result}})
                else:
                    self._take_message(child, message)
        except LinkClosedError:
            self._crew.hang_up(child)
            for post in self._posts:
                post.hang_up(child)

    def _take_message(self, child: Child, message: dict[str, Any]) -> None:
        for post in self._posts:
            if child is post.child:
                post.heard(message)
                self._answers.stored = message.get("stored", self._answers.stored)
                if (event := event_of(post.job.subject, message)) is not None:
                    self._observe(event)
        number = self._crew.number_of(child)
        if number is None:
            return
        if "report" in message:
            self._plan.reported(number, Report.from_json(message["report"]), time.monotonic())
        elif "failed" in message:
            self._crew.note_failure(child, message["failed"])
        elif "unfinished" in message:
            self._plan.closing(number, time.monotonic())
            if message["unfinished"] and self._plan.stopping:
                self._unfinished += message["unfinished"]
            elif message["unfinished"]:
                worker = self._plan.workers[number]
                cut_off = f"left {message['unfinished']} messages unfinished after DrainTimeout"
                self._observe(Fault(self._crew.name_of(worker), cut_off))

    def _take_signal(self, number: int) -> None:
        match number:
            case signal.SIGCHLD:
                self._reap()
            case signal.SIGHUP:
                self._clerk.tell("reopen")
                self._reloading.want()
            case signal.SIGTERM | signal.SIGINT:
                self._stop()
            case _:
                pass

    def _reap(self) -> None:
        for child, status in self._offspring.reap():
            self._hear(child)
            if any(post.ended(child) for post in self._posts):
                continue
            if (number := self._crew.number_of(child)) is not None:
                self._answers.messages += self._plan.workers[number].report.messages
                self._plan.ended(number, self._crew.ended(child, status), time.monotonic())

    def _stop(self) -> None:
        if self._stop_began is not None:
            self._plan.stop(Order.QUIT)
            return
        self._stop_began = time.monotonic()
        self._notifier.stopping(self._plan.longest_stop)
        self._plan.stop(Order.STOP)
        self._expirer.vacate()
        self._premises.listener.shut()
        if self._premises.control:
            self._premises.control.shut()

    def _tell_of_stop(self) -> None:
        """Log how many messages a stop waits for, once every worker has said how many it has."""
        if self._stop_told or self._stop_began is None:
            return
        workers = self._plan.workers.values()
        all_told = all(w.report.leaving in (Order.STOP, Order.QUIT) for w in workers)
        if all_told or time.monotonic() > self._stop_began + _HEAR_ALL:
            self._stop_told = True
            self._observe(Stopping(sum(w.report.in_flight for w in workers)))

    def _see_to_the_rest(self) -> None:
        """Do what is due without anybody asking for it."""
        now = time.monotonic()
        self._relay.flush()
        if self._notifier.interval and now >= self._alive_due:
            self._alive_due = now + self._notifier.interval
            self._notifier.alive()
        for post in self._posts:
            post.see_to_it()
            for trouble in post.take_troubles():
                self._observe(Fault(post.job.subject, trouble))
        refusal = self._reloading.see_to_it(self._plan)
        if refusal is not None:
            self._refused(refusal)

    def _make_log(self, settings: Settings) -> LogObserver:
        logging, each = settings.logging, settings.each_recipient
        return LogObserver(logging, each, self._relay.write, process="master")

    def _observe(self, event: Event) -> None:
        self._log.observe(event)
