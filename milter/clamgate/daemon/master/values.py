"""What the plan of the workers is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from clamgate.daemon.reports import Order, Report

_QUICK = 3.0
"""Seconds: a worker that ends sooner is replaced after a pause."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


class State(Enum):
    """Where a worker is in its life. The value is the word that status shows."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Limits:
    """Of the conf that a worker was started with.

    Attributes:
        drain: DrainTimeout, in seconds.
        stop: StopTimeout, in seconds.
        max_messages: MaxRequestsPerWorker; 0 for no limit.
    """

    drain: float = 600.0
    stop: float = 60.0
    max_messages: int = 0


@dataclass(slots=True, eq=False)
class Slot:
    """A place for one worker, and the record of those who held it.

    Attributes:
        number: From 1 to the number of workers.
        restarts: How often the place was filled again.
        failures: How many in a row ended too soon.
        not_before: When the next one may be started.
    """

    number: int
    restarts: int = 0
    failures: int = 0
    not_before: float = 0.0

    def lose(self, lived: float, now: float) -> None:
        """Take note that its worker, which served for so many seconds, has ended by itself."""
        self.restarts += 1
        if lived >= _QUICK:
            self.failures = 0
            return
        pause = min(_FIRST_PAUSE * (1 << min(self.failures, 10)), _LONGEST_PAUSE)
        self.failures += 1
        self.not_before = now + pause


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """The workers of one conf: its number, from 1, their places and limits."""

    number: int
    slots: tuple[Slot, ...]
    limits: Limits

    @classmethod
    def of(cls, number: int, workers: int, limits: Limits) -> Generation:
        """Make one of so many workers."""
        return cls(number, tuple(Slot(n) for n in range(1, workers + 1)), limits)


@dataclass(slots=True, eq=False)
class Worker:
    """One worker process.

    Attributes:
        number: Serial; no other worker ever has it.
        slot: Its place.
        generation: Its generation.
        state: Where it is in its life.
        since: When it came to that state.
        heard: When it last reported.
        report: What it last reported.
        told: The last order it was given.
        killed: Whether it was killed, and has but to be reaped.
    """

    number: int
    slot: Slot
    generation: Generation
    state: State
    since: float
    heard: float
    report: Report = field(default_factory=Report)
    told: Order | None = None
    killed: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """How a worker ended: whether that is a failure, and in words."""

    failed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Start:
    """Fork this worker."""

    worker: Worker


@dataclass(frozen=True, slots=True)
class Tell:
    """Give this worker an order."""

    worker: Worker
    order: Order


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill this worker, and say why (empty: nothing to say)."""

    worker: Worker
    why: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another worker takes the place of this one, and why.

    If it is `lost`, it should not be gone: its sessions are broken off.
    """

    worker: Worker
    reason: str
    lost: bool = True


@dataclass(frozen=True, slots=True)
class Promoted:
    """All workers of this generation serve, and those of former ones take no connections."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class Refused:
    """A new generation did not come up; the old one goes on."""

    generation: Generation
    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The very first generation did not come up."""

    reason: str


Action = Start | Tell | Kill | Replaced | Promoted | Refused | GiveUp
