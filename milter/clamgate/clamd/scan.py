"""One message's scan: what is tried, how often, and when it is given up.

A clamd that fails costs a message nothing but time: the same bytes go to the next one, or to the
same one when it is back. What ends the search is the message's deadline, the time it may wait for
a clamd (ClamdWait), or `MAX_BROKEN`.
"""

from __future__ import annotations

from clamgate.clamd.errors import (
    BrokenError,
    ClamdError,
    ConnectError,
    NoClamdError,
    OverdueError,
    RefusedError,
)
from clamgate.clamd.patience import Heartbeat, Patience
from clamgate.clamd.pool import ClamdPool
from clamgate.clamd.protocol import NothingFound, NotServed, Refused
from clamgate.clamd.roster import Lease, Member
from clamgate.clamd.verdicts import verdict_of
from clamgate.core.events import Observer, ScanRetried
from clamgate.core.scanning import ScanError, ScanSource
from clamgate.core.settings import Clamd
from clamgate.core.verdict import ScanReport, Verdict

MAX_BROKEN = 5
"""Clamds that may fail while they have one message, before it is the message that is suspected."""


class Scan:
    """The way of one message from clamd to clamd, in its caller's thread.

    Args:
        clamd: How long to wait for what.
        pool: Where clamds come from.
        observer: Told when the message has to begin again.
        source: The message.
        heartbeat: Its caller's.
    """

    def __init__(
        self,
        clamd: Clamd,
        pool: ClamdPool,
        observer: Observer,
        source: ScanSource,
        heartbeat: Heartbeat,
    ) -> None:
        self._clamd = clamd
        self._pool = pool
        self._observer = observer
        self._source = source
        self._clock = heartbeat.clock
        self._patience = Patience(heartbeat, clamd.scan_deadline)
        self._began = self._clock()
        self._waited = 0.0
        self._in_line = 0.0
        self._attempts = 0
        self._broken = 0
        self._failed: set[Member] = set()
        self._refused: set[Member] = set()
        self._trouble = ""

    def run(self) -> ScanReport:
        """Try until there is a verdict.

        Raises:
            ScanError: There will be none.
        """
        while True:
            lease = self._acquire()
            verdict = self._attempt(lease)
            if verdict is not None:
                seconds = self._clock() - self._began
                name = lease.member.name
                return ScanReport(
                    verdict, name, self._attempts, seconds, lease.version, waited=self._in_line
                )

    def _acquire(self) -> Lease:
        wait = max(0.0, self._clamd.wait - self._waited)
        began = self._clock()
        try:
            lease = self._pool.acquire(
                wait, self._patience, avoid=self._failed, exclude=self._refused
            )
        except NoClamdError as error:
            raise self._given_up(
                f"no clamd came up within ClamdWait ({self._clamd.wait:g} s): {error}"
            ) from error
        except OverdueError as error:
            raise self._overdue() from error
        self._waited += lease.waited
        self._in_line += self._clock() - began
        return lease

    def _attempt(self, lease: Lease) -> Verdict | None:
        """Have one clamd scan it; None if another must. The lease is ended in any case."""
        try:
            verdict = self._ask(lease)
        except ConnectError as error:
            self._attempts -= 1
            self._pool.fail(lease, str(error))
            self._failed.add(lease.member)
            return None
        except (BrokenError, OverdueError) as error:
            self._blame(lease, error)
            return None
        except RefusedError as error:
            self._pool.release(lease)
            self._refuse(lease.member, str(error))
            return None
        except OSError as error:
            self._pool.release(lease)
            raise self._given_up(f"cannot hand the message over: {error}") from error
        except BaseException:
            self._pool.release(lease)
            raise
        self._pool.release(lease)
        return verdict

    def _ask(self, lease: Lease) -> Verdict:
        patience = self._patience.within(self._clamd.read_timeout)
        self._attempts += 1
        answer = lease.sessions.scan(self._source, patience)
        match answer:
            case NotServed(reason):
                raise BrokenError(reason)
            case Refused(reason):
                raise RefusedError(reason)
        whole = self._source.size <= self._source.length
        must_prove = whole and isinstance(answer, NothingFound)
        looked_at = not must_prove or lease.proof.covers(self._source.length, patience)
        return verdict_of(answer, whole=whole, looked_at=looked_at)

    def _blame(self, lease: Lease, error: ClamdError) -> None:
        """Take note that a clamd failed while it had the message."""
        if isinstance(error, OverdueError):
            if self._patience.expired:
                self._pool.release(lease)  # it may not have had its whole ReadTimeout
                raise self._overdue() from error
            reason = f"no reply within ReadTimeout ({self._clamd.read_timeout:g} s)"
        else:
            reason = str(error)
        self._pool.fail(lease, reason)
        self._failed.add(lease.member)
        self._broken += 1
        self._retry(lease.member, reason, last=self._broken >= MAX_BROKEN)

    def _refuse(self, member: Member, reason: str) -> None:
        """Take note that a clamd is well, but cannot scan this message."""
        self._refused.add(member)
        self._retry(member, reason, last=len(self._refused) == len(self._clamd.sockets))

    def _retry(self, member: Member, reason: str, *, last: bool) -> None:
        if last:
            raise self._given_up(f"{member.name}: {reason}")
        self._trouble = f"{member.name}: {reason}"
        self._observer.observe(ScanRetried(member.name, reason))

    def _overdue(self) -> ScanError:
        return self._given_up(f"no verdict within ScanDeadline ({self._clamd.scan_deadline:g} s)")

    def _given_up(self, reason: str) -> ScanError:
        before = f"{self._trouble}; then " if self._trouble else ""
        return ScanError(f"{before}{reason}", self._attempts)
