"""What the supervisor does when: a state machine without I/O and without a clock.

Services start in order, each once those before it are up. One that ends is started again after a
pause that doubles; one that cannot be kept up ends the whole, with its exit status. To stop, the
services of one wave are told and waited for, then those of the next.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from clamgate.container.words import how_it_ended, shell_status
from clamgate.core.timespan import seconds_in_words

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
MOST_FAILURES = 5
"""So many in a row, and it is given up."""

STEADY_AFTER = 60.0
"""Seconds after which a service that is up has made good for earlier failures."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service, or, with `once`, a step that must succeed before the next service starts.

    Attributes:
        name: What it is called.
        startup_timeout: Seconds that it may take until it is ready.
        stop_wave: Those with lower numbers are stopped first.
        stop_by: Seconds after the stop began, at which it is killed. So all is over in a known
            time, however slow the way there, and what others leave of theirs is its own.
        once: Whether it is to end by itself, with 0; if it does not, it is tried again for ever.
        pauses: The first and the longest pause (seconds) before it is started again.
    """

    name: str
    startup_timeout: float
    stop_wave: int = 0
    stop_by: float = 7.5
    once: bool = False
    pauses: tuple[float, float] = (FIRST_PAUSE, LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Start:
    """Start a service now."""

    name: str


@dataclass(frozen=True, slots=True)
class Send:
    """Send a service a signal."""

    name: str
    number: signal.Signals


@dataclass(frozen=True, slots=True)
class Say:
    """Tell people."""

    text: str


@dataclass(frozen=True, slots=True)
class End:
    """All is down: end with this status."""

    status: int


Action = Start | Send | Say | End


class Phase(Enum):
    """Where a service stands."""

    IDLE = "not started yet"
    STARTING = "starting"
    UP = "up"
    PAUSED = "down, to be started again"
    OVER = "over"


@dataclass(slots=True)
class _State:
    service: Service
    phase: Phase = Phase.IDLE
    since: float = 0.0
    until: float = 0.0
    failures: int = 0
    was_up: bool = False

    @property
    def alive(self) -> bool:
        return self.phase in {Phase.STARTING, Phase.UP}


@dataclass(slots=True)
class _Stop:
    status: int
    began: float
    told: set[str] = field(default_factory=set)
    deadlines: dict[str, float] = field(default_factory=dict)


class Supervisor:
    """Is told what happens, and answers with what is to be done. Times are seconds of one clock.

    Args:
        services: In the order of their start.
    """

    def __init__(self, services: Sequence[Service]) -> None:
        self._states = {service.name: _State(service) for service in services}
        self._stop: _Stop | None = None

    @property
    def phases(self) -> dict[str, Phase]:
        """Where each service stands."""
        return {name: state.phase for name, state in self._states.items()}

    @property
    def starting(self) -> tuple[str, ...]:
        """The services that are to be asked whether they are ready."""
        return tuple(
            name
            for name, state in self._states.items()
            if state.phase is Phase.STARTING and not state.service.once
        )

    @property
    def stopping(self) -> bool:
        """Whether it has been told to stop, or has given up."""
        return self._stop is not None

    def begin(self, now: float) -> list[Action]:
        """Start the first of them."""
        return self._start_next(now)

    def ready(self, name: str, now: float) -> list[Action]:
        """Note that a service answers."""
        state = self._states[name]
        if state.phase is not Phase.STARTING or self._stop:
            return []
        took = now - state.since
        state.phase, state.since, state.was_up = Phase.UP, now, True
        return [Say(f"{name} is ready after {took:.1f} s"), *self._start_next(now)]

    def exited(self, name: str, status: int, now: float, not_before: float = 0.0) -> list[Action]:
        """Note that a service has ended.

        Args:
            name: Which.
            status: Its exit status, or the signal that killed it as a negative number.
            now: The time.
            not_before: A time before which starting it again is no use.
        """
        state = self._states[name]
        was, state.phase = state.phase, Phase.OVER
        if self._stop:
            return self._go_on_stopping()
        if state.service.once and status == 0:
            return self._start_next(now)
        if was is Phase.UP and now - state.since >= STEADY_AFTER:
            state.failures = 0
        state.failures += 1
        ended = f"{name} {how_it_ended(status)}"
        if state.failures > MOST_FAILURES and not state.service.once:
            return self._give_up(f"{ended}, {state.failures} times in a row", status, now)
        state.phase = Phase.PAUSED
        state.until = max(now + _pause(state), not_before)
        return [Say(f"{ended}; it is started again in {seconds_in_words(state.until - now)}")]

    def failed_to_start(self, name: str, reason: str, now: float) -> list[Action]:
        """Note that a service cannot even be started: nothing that waiting would mend."""
        self._states[name].phase = Phase.OVER
        return self._give_up(f"{name} cannot be started: {reason}", 1, now)

    def tick(self, now: float) -> list[Action]:
        """See whose time has come."""
        if self._stop:
            return self._kill_late(self._stop, now)
        actions: list[Action] = []
        for name, state in self._states.items():
            if state.phase is Phase.PAUSED and state.until <= now:
                actions += self._start(state, now)
            elif self._is_late(state, now):
                text = f"{name} does not answer {state.service.startup_timeout:g} s after its start"
                return [*actions, *self._give_up(text, 1, now)]
        return actions

    def stop(self, status: int, now: float) -> list[Action]:
        """Stop all; asked a second time, at once.

        Args:
            status: What to end with.
            now: The time.
        """
        if self._stop:
            self._stop.status = self._stop.status or status
            return [Send(name, signal.SIGKILL) for name, one in self._states.items() if one.alive]
        self._stop = _Stop(status, now)
        for state in self._states.values():
            if not state.alive:
                state.phase = Phase.OVER
        return self._go_on_stopping()

    def next_time(self) -> float | None:
        """Return when `tick` is to be called at the latest, None if nothing is waited for."""
        if self._stop:
            return min(self._stop.deadlines.values(), default=None)
        times = [state.until for state in self._states.values() if state.phase is Phase.PAUSED]
        times += [
            state.since + state.service.startup_timeout
            for state in self._states.values()
            if state.phase is Phase.STARTING and not state.service.once
        ]
        return min(times, default=None)

    def _start_next(self, now: float) -> list[Action]:
        for state in self._states.values():
            if state.phase is Phase.IDLE:
                return self._start(state, now)
            done = state.phase is Phase.OVER if state.service.once else state.was_up
            if not done:
                return []
        return []

    def _start(self, state: _State, now: float) -> list[Action]:
        state.phase, state.since = Phase.STARTING, now
        return [Start(state.service.name)]

    def _is_late(self, state: _State, now: float) -> bool:
        service = state.service
        waiting = state.phase is Phase.STARTING and not service.once
        return waiting and now - state.since >= service.startup_timeout

    def _give_up(self, reason: str, status: int, now: float) -> list[Action]:
        ending = Say(f"{reason}: giving up, and ending the container")
        return [ending, *self.stop(shell_status(status) or 1, now)]

    def _go_on_stopping(self) -> list[Action]:
        stop = self._stop
        assert stop is not None  # noqa: S101  its callers have seen to it
        alive = [state for state in self._states.values() if state.alive]
        for name in list(stop.deadlines):
            if not self._states[name].alive:
                del stop.deadlines[name]
        if not alive:
            return [End(stop.status)]
        wave = min(state.service.stop_wave for state in alive)
        return self._tell(stop, (one for one in alive if one.service.stop_wave == wave))

    def _tell(self, stop: _Stop, states: Iterable[_State]) -> list[Action]:
        actions: list[Action] = []
        for state in states:
            name = state.service.name
            if name not in stop.told:
                stop.told.add(name)
                stop.deadlines[name] = stop.began + state.service.stop_by
                actions.append(Send(name, signal.SIGTERM))
        return actions

    def _kill_late(self, stop: _Stop, now: float) -> list[Action]:
        names = [name for name, deadline in stop.deadlines.items() if deadline <= now]
        actions: list[Action] = []
        for name in names:
            late = f"{self._states[name].service.stop_by:g} s after the stop began"
            actions.append(Say(f"{name} is still at work {late}: killing it"))
            actions.append(Send(name, signal.SIGKILL))
            # The kernel ends it soon; should that take time, it is told again.
            stop.deadlines[name] = now + 1.0
        return actions


def _pause(state: _State) -> float:
    first, longest = state.service.pauses
    exponent = min(state.failures - 1, 30)
    return min(first * 2.0**exponent, longest)
