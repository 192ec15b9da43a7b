"""The clamds of a conf: a message asks for one here, and each is watched by a thread of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from threading import Condition, Thread

from clamgate.clamd.errors import ClamdError, NoClamdError, OverdueError
from clamgate.clamd.patience import Clock, Heartbeat, Patience
from clamgate.clamd.roster import Backoff, Lease, Member, Roster, Standing, State
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


class _ClosingError(Exception):
    """Ends a probe when the pool is closed."""


class ClamdPool:
    """Knows which clamds are up, and hands them out. Safe for threads.

    It has no threads until `start`, so a process may fork between the two.
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
        self._changed = Condition()
        self._waiting = 0
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
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for guard in self._guards:
            # One that is looking up a host name cannot be woken; it ends with the process.
            guard.join(timeout=2 * _PROBE_INTERVAL)

    def acquire(
        self,
        wait: float,
        patience: Patience,
        *,
        avoid: Collection[Member] = (),
        exclude: Collection[Member] = (),
    ) -> Lease:
        """Choose a clamd, waiting for one to come up if none is. The lease must be ended.

        Args:
            wait: Seconds to wait at most, 0 or more. Not counted while a clamd has never been
                tried: that takes an instant, and no conf means it when it says 0.
            patience: The message's.
            avoid: Those to be chosen only if there is no other.
            exclude: Those never to be chosen.

        Raises:
            NoClamdError: None is up in time.
            OverdueError: The message's time is over.
        """
        limit = patience.within(wait) if wait > 0 else None
        while True:
            with self._changed:
                lease = self._roster.choose(avoid, exclude)
                if lease:
                    return lease
                over = limit is None or limit.expired
                if self._closed or (over and not self._roster.hopeful(exclude)):
                    raise NoClamdError(self._roster.troubles())
                self._wait(patience if limit is None or over else limit)
            patience.wake()

    def release(self, lease: Lease) -> None:
        """End a lease: the clamd did its part."""
        with self._changed:
            self._roster.give_back(lease)

    def fail(self, lease: Lease, reason: str) -> None:
        """End a lease: the clamd failed, so it is down until a probe succeeds.

        A failure that began before it last came up only ends the lease.
        """
        with self._changed:
            self._roster.give_back(lease)
            member = lease.member
            if member.state is State.UP and member.life == lease.life:
                self._roster.mark_down(member, reason, self._clock())
                self._changed.notify_all()

    def _wait(self, patience: Patience) -> None:
        """Wait for a change; clamds that are down are probed more often meanwhile."""
        self._waiting += 1
        if self._waiting == 1:
            self._changed.notify_all()
        try:
            self._changed.wait(patience.pause())
        finally:
            self._waiting -= 1

    def _guard(self, member: Member) -> None:
        """Watch one clamd: tell of its ups, downs and updates, probe it until it is up again.

        Only this thread tells of this clamd, outside the lock and in the right order.
        """
        while True:
            with self._changed:
                while not (self._closed or member.untold or self._due(member)):
                    self._changed.wait(self._until_due(member))
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
        return member.until_due(self._clock(), self._backoff, awaited=self._waiting > 0)

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
        try:
            standing = self._questions.probe(member.endpoint, self._probe_patience())
        except OverdueError:
            reason = f"no answer within {PROBE_TIMEOUT:g} s"
        except (ClamdError, OSError) as error:
            reason = str(error)
        with self._changed:
            if standing is None:
                self._roster.mark_down(member, reason, began)
            else:
                self._roster.mark_up(member, standing, began)
            self._changed.notify_all()

    def _stop_if_closed(self) -> None:
        if self._closed:
            raise _ClosingError
