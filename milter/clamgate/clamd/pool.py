"""The clamds of a conf: a message asks for one here, and each is watched by a thread of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Condition, RLock, Thread

from clamgate.clamd.errors import ClamdError, NoClamdError, OverdueError
from clamgate.clamd.patience import Clock, Heartbeat, Patience
from clamgate.clamd.roster import Backoff, Lease, Member, Roster, Standing, State
from clamgate.clamd.sessions import IDLE_SECONDS
from clamgate.core.events import Observer
from clamgate.core.settings import Endpoint

PROBE_TIMEOUT = 15.0
"""Seconds in which a clamd that is thought to be down has to answer and prove itself."""

_PROBE_INTERVAL = 0.5
"""Seconds after which a probe notices that the pool is being closed."""


Probe = Callable[[Endpoint, Patience], Standing]
"""Asks a clamd how it is; raises `ClamdError` or `OSError` if it is not well."""


AskVersion = Callable[[Endpoint, Patience], str]
"""Asks a clamd that is up what it calls itself; raises the same if it does not say."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What clamds are asked: those that are down, and those that are up."""

    probe: Probe
    version: AskVersion


@dataclass(frozen=True, slots=True)
class Usage:
    """How many messages each clamd has from us, by name, and how many stand in line for one."""

    in_use: Mapping[str, int]
    waiting: int


@dataclass(slots=True, eq=False)
class _Place:
    """A place in the line before the clamds, and in the end the lease that ends it."""

    avoid: Collection[Member]
    exclude: Collection[Member]
    called: Condition
    lease: Lease | None = None
    waited: float = 0.0


class _ClosingError(Exception):
    """Ends a probe when the pool is closed."""


class ClamdPool:
    """Knows which clamds are up, and hands them out. Safe for threads.

    It has no threads until `start`, so a process may fork between the two.

    Whoever finds no room stands in line. All changes are made under the lock, and each serves the
    line from its front: so at any moment nobody in it could be served, and a newcomer that can be
    overtakes nobody.
    """

    def __init__(
        self,
        endpoints: Collection[Endpoint],
        questions: Questions,
        observer: Observer,
        *,
        clock: Clock = time.monotonic,
        backoff: Backoff | None = None,
    ) -> None:
        self._roster = Roster.of(endpoints)
        self._questions = questions
        self._observer = observer
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._line: list[_Place] = []
        self._closed = False
        self._guards: list[Thread] = []

    def start(self) -> None:
        """Probe all clamds now and whenever they are down; ask the others for their version."""
        for member in self._roster.members:
            guard = Thread(
                target=self._guard, args=(member,), name=f"clamd {member.name}", daemon=True
            )
            self._guards.append(guard)
            guard.start()

    def close(self) -> None:
        """End the threads; whoever waits for a clamd gets `NoClamdError`."""
        with self._lock:
            self._closed = True
            self._tell()
        for guard in self._guards:
            # One that is looking up a host name cannot be woken; it ends with the process.
            guard.join(timeout=2 * _PROBE_INTERVAL)
        for member in self._roster.members:
            if member.sessions is not None:
                member.sessions.close()

    def acquire(
        self,
        wait: float,
        patience: Patience,
        *,
        avoid: Collection[Member] = (),
        exclude: Collection[Member] = (),
    ) -> Lease:
        """Choose a clamd, waiting for one with room, or to come up. The lease must be ended.

        Args:
            wait: Seconds to wait at most while none is up, 0 or more. Not counted while a clamd
                has never been tried: that takes an instant, and no conf means it when it says 0.
            patience: The message's.
            avoid: Those to be chosen only if there is no other.
            exclude: Those never to be chosen.

        Raises:
            NoClamdError: None is up in time.
            OverdueError: The message's time is over.
        """
        with self._lock:
            lease = self._roster.choose(avoid, exclude)
            if lease is not None:
                return lease
            place = _Place(avoid, exclude, Condition(self._lock))
            self._line.append(place)
            self._changed.notify_all()  # clamds that are down are probed more often from now on
        try:
            return self._stand_in_line(place, wait, patience)
        except BaseException:
            self._leave_line(place)
            raise

    def usage(self) -> Usage:
        """Return how busy the clamds are with our messages."""
        with self._lock:
            busy = {member.name: member.in_flight for member in self._roster.members}
            return Usage(busy, len(self._line))

    def release(self, lease: Lease) -> None:
        """End a lease: the clamd did its part."""
        with self._lock:
            self._roster.give_back(lease)
            if self._line:
                self._serve_line()

    def fail(self, lease: Lease, reason: str) -> None:
        """End a lease: the clamd failed, so it is down until a probe succeeds.

        A failure that began before it last came up only ends the lease.
        """
        with self._lock:
            self._roster.give_back(lease)
            member = lease.member
            if member.state is State.UP and member.life == lease.life:
                self._roster.mark_down(member, reason, self._clock())
                self._tell()
            self._serve_line()

    def _stand_in_line(self, place: _Place, wait: float, patience: Patience) -> Lease:
        while True:
            with self._lock:
                if place.lease is None:
                    self._stand(place, wait, patience)
                if place.lease is not None:
                    return replace(place.lease, waited=place.waited)
            patience.wake()

    def _stand(self, place: _Place, wait: float, patience: Patience) -> None:
        """Wait for a while. Only the time in which no clamd is up counts as waited for one."""
        crowded = self._roster.crowded(place.exclude)
        left = wait - place.waited
        over = left <= 0 and not crowded
        if self._closed or (over and not self._roster.hopeful(place.exclude)):
            raise NoClamdError(self._roster.troubles())
        if not crowded and left > 0:
            patience = patience.within(left)
        began = self._clock()
        place.called.wait(patience.pause())
        if not crowded:
            place.waited += self._clock() - began

    def _leave_line(self, place: _Place) -> None:
        with self._lock:
            if place.lease is None:
                self._line.remove(place)
            else:
                self._roster.give_back(place.lease)
                self._serve_line()

    def _serve_line(self) -> None:
        """Give out all that can be, to those who came first."""
        for place in tuple(self._line):
            if not self._roster.has_room:
                return
            place.lease = self._roster.choose(place.avoid, place.exclude)
            if place.lease is not None:
                self._line.remove(place)
                place.called.notify()

    def _tell(self) -> None:
        """Let everybody see how things stand now."""
        self._changed.notify_all()
        for place in self._line:
            place.called.notify()

    def _guard(self, member: Member) -> None:
        """Watch one clamd: tell of its ups, downs and updates, probe it until it is up again.

        Only this thread tells of this clamd, outside the lock and in the right order.
        """
        while True:
            with self._changed:
                while not (self._closed or member.untold or self._due(member)):
                    self._changed.wait(min(self._until_due(member), IDLE_SECONDS))
                    if member.sessions is not None:
                        member.sessions.close_idle()
                if self._closed:
                    return
                untold, member.untold = member.untold, []
            for event in untold:
                self._observer.observe(event)
            if untold:
                continue
            with suppress(_ClosingError):
                if member.state is State.UP:
                    self._ask_again(member)
                else:
                    self._try(member)

    def _due(self, member: Member) -> bool:
        return self._until_due(member) <= 0

    def _until_due(self, member: Member) -> float:
        return member.until_due(self._clock(), self._backoff, awaited=bool(self._line))

    def _ask_again(self, member: Member) -> None:
        """Ask one that is up for its version.

        That it does not answer is no reason to call it down: it may be as busy as it can be.
        """
        began = self._clock()
        version = None
        with suppress(ClamdError, OSError):
            version = self._questions.version(member.endpoint, self._probe_patience())
        with self._changed:
            self._roster.mark_version(member, version, began)

    def _probe_patience(self) -> Patience:
        return Patience(
            Heartbeat(self._stop_if_closed, self._clock, _PROBE_INTERVAL), PROBE_TIMEOUT
        )

    def _try(self, member: Member) -> None:
        """Probe a clamd and take note of the outcome."""
        began = self._clock()
        standing = None
        if member.sessions is not None:
            member.sessions.close()
        try:
            standing = self._questions.probe(member.endpoint, self._probe_patience())
        except OverdueError:
            reason = f"no answer within {PROBE_TIMEOUT:g} s"
        except (ClamdError, OSError) as error:
            reason = str(error)
        with self._lock:
            if standing is None:
                self._roster.mark_down(member, reason, began)
            else:
                self._roster.mark_up(member, standing, began)
            self._serve_line()
            self._tell()

    def _stop_if_closed(self) -> None:
        if self._closed:
            raise _ClosingError
