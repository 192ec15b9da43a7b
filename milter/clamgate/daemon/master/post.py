"""A post: a process beside the workers that there is to be, kept by the master without waiting.

There are the clerk's, the expirer's and the exporter's. One process holds a post at a time: a
successor is forked when the last holder is gone, because both would want the same lock, socket or
rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from clamgate.core.settings import Settings
from clamgate.daemon.errors import StartError
from clamgate.daemon.link import Link
from clamgate.daemon.master.offspring import Child, Offspring

FINISH_TIME = 5.0
"""Seconds that a holder gets to finish what it is at before it is killed."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a post is for.

    Attributes:
        subject: What log lines about it begin with.
        what: What its process is called in them.
        is_needed: Whether there is to be a holder for some settings.
        is_same: Whether a holder that was started for some settings may stay for others.
        main: Gives what the process runs for some settings; asked while nobody holds the post. It
            says ``ready`` over its link, or ``failed`` and why, and ends when told to finish. It
            may raise StartError.
        boot_time: Seconds it may take to be ready.
        pause: Seconds before a holder is replaced that ended by itself.
        retry: Seconds until a failed start is repeated; twice as many each time, up to
            `longest_retry`.
        longest_retry: See there.
    """

    subject: str
    what: str
    is_needed: Callable[[Settings], bool]
    is_same: Callable[[Settings, Settings], bool]
    main: Callable[[Settings], Callable[[Link], int]]
    boot_time: float
    pause: float
    retry: float
    longest_retry: float


class Stage(Enum):
    """Where the holder of a post is."""

    VACANT = "vacant"
    BOOTING = "booting"
    SERVING = "serving"
    LEAVING = "leaving"


class Post:
    """Sees that it is held. Nothing here waits: `see_to_it` is called at least once a second.

    A change of settings is on trial until its process is ready. If that fails, nothing more is
    tried: whoever asked for it reads `refusal`, and says what shall be instead.

    Args:
        job: What it is for.
        offspring: Forks the holder.
        clock: Seconds that only go forward.

    Attributes:
        child: The holder, None if it is vacant.
        stage: Where that is.
        restarts: How many holders ended by themselves.
        on_trial: Whether what was asked for last is not decided yet.
        refusal: Why it cannot be had; empty if it can, or is not decided.
    """

    def __init__(self, job: Job, offspring: Offspring, clock: Callable[[], float]) -> None:
        self.job = job
        self.child: Child | None = None
        self.stage = Stage.VACANT
        self.restarts = 0
        self.on_trial = False
        self.refusal = ""
        self._offspring = offspring
        self._clock = clock
        self._settings: Settings | None = None
        self._since = 0.0
        self._not_before = 0.0
        self._failures = 0
        self._reason = ""
        self._silent = False
        self._troubles: list[str] = []

    def fill(self, settings: Settings) -> None:
        """Have it held for these settings, on trial; the holder stays if it may."""
        self.refusal = ""
        if self._settings is not None and self.job.is_same(self._settings, settings):
            self._settings = settings
            return
        self.on_trial = True
        self._change(settings)

    def restore(self, settings: Settings) -> None:
        """Have it held for these settings, however often that has to be tried."""
        refused, self.refusal = self.refusal, ""
        if refused or self._settings is None or not self.job.is_same(self._settings, settings):
            self.on_trial = False
            self._change(settings)

    def vacate(self) -> None:
        """Have nobody hold it any more."""
        self.on_trial = False
        self._change(None)

    @property
    def is_calm(self) -> bool:
        """Whether nothing is under way: it is held, or to be vacant, or there is a pause."""
        if self.stage is Stage.VACANT:
            return self._settings is None or not self._is_due or not self._is_needed
        return self.stage is Stage.SERVING

    @property
    def listens(self) -> bool:
        """Whether the holder may still say something."""
        return self.child is not None and not self._silent

    def tell(self, order: str) -> None:
        """Give the holder an order, if there is one."""
        if self.child:
            self.child.link.send({"order": order})

    def heard(self, message: dict[str, Any]) -> None:
        """Take what the holder said."""
        if "ready" in message and self.stage is Stage.BOOTING:
            self._turn(Stage.SERVING)
            self.on_trial = False
            self._failures = 0
        elif "failed" in message:
            self._reason = str(message["failed"])

    def hang_up(self, child: Child) -> None:
        """Listen no more to a child that has closed its link, if it is the holder."""
        if child is self.child:
            self._silent = True

    def ended(self, child: Child) -> bool:
        """Take note that a child has ended; say whether it was the holder."""
        if child is not self.child:
            return False
        child.link.close()
        self.child = None
        stage = self.stage
        self._turn(Stage.VACANT)
        if stage is Stage.SERVING:
            self.restarts += 1
            self._not_before = self._clock() + self.job.pause
            self._troubles.append(f"{self.job.what} has ended: a new one will take its place")
        elif stage is Stage.BOOTING:
            self._fail(self._reason or f"{self.job.what} ended at its start")
        return True

    def see_to_it(self) -> None:
        """Do what is due: fork a holder, or kill one that is late."""
        lasts = self._clock() - self._since
        match self.stage:
            case Stage.VACANT if self._settings and self._is_needed and self._is_due:
                self._fork(self._settings)
            case Stage.BOOTING if self.child and lasts > self.job.boot_time and not self._reason:
                self._reason = f"{self.job.what} is not ready after {self.job.boot_time:g} s"
                self.child.kill()
            case Stage.LEAVING if self.child and lasts > FINISH_TIME:
                self.child.kill()

    def take_troubles(self) -> list[str]:
        """Return what went wrong since the last call, apart from trials."""
        troubles, self._troubles = self._troubles, []
        return troubles

    def await_end(self) -> None:
        """Wait for the holder's end, at the very end, when nobody waits for us any more."""
        if self.child:
            self._offspring.see_off(self.child, FINISH_TIME)
            self.child = None
            self._turn(Stage.VACANT)

    @property
    def _is_needed(self) -> bool:
        wanted = self._settings
        return wanted is not None and not self.refusal and self.job.is_needed(wanted)

    @property
    def _is_due(self) -> bool:
        return self._clock() >= self._not_before

    def _change(self, settings: Settings | None) -> None:
        self._settings = settings
        self._failures = 0
        self._not_before = 0.0
        if self.child:
            self.tell("finish")
            self._turn(Stage.LEAVING)
        if not self._is_needed:
            self.on_trial = False

    def _fork(self, settings: Settings) -> None:
        self._reason = ""
        self._silent = False
        try:
            self.child = self._offspring.fork(self.job.main(settings))
        except StartError as error:
            self._fail(str(error))
        else:
            self._turn(Stage.BOOTING)

    def _fail(self, reason: str) -> None:
        if self.on_trial:
            self.on_trial = False
            self.refusal = reason
            return
        pause = self.job.retry * (1 << min(self._failures, 10))
        self._not_before = self._clock() + min(pause, self.job.longest_retry)
        self._failures += 1
        self._troubles.append(reason)

    def _turn(self, stage: Stage) -> None:
        self.stage = stage
        self._since = self._clock()
