from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition, Event
from threading import enumerate as enumerate_threads

import pytest
from tests.clamd.support import Events, patience
from tests.waiting import wait_until

from clamgate.clamd.errors import ConnectError, NoClamdError, OverdueError
from clamgate.clamd.limits import SizeProof
from clamgate.clamd.patience import Patience
from clamgate.clamd.pool import ClamdPool, Questions, Usage
from clamgate.clamd.roster import Backoff, Lease, Standing
from clamgate.clamd.sessions import Sessions
from clamgate.core.events import ClamdDown, ClamdUp, DatabaseUpdated
from clamgate.core.settings import Endpoint, UnixEndpoint

A, B = UnixEndpoint("/a"), UnixEndpoint("/b")
SOON = Backoff(first=0.002, most=0.01, awaited=0.002)
NEVER = Backoff(first=3600, most=3600, awaited=3600)


def standing(room: int = 10) -> Standing:
    proof = SizeProof("c", 1, lambda *_: True, lambda _: None)
    return Standing("ClamAV 1", proof, Sessions(A, 0, time.monotonic), room)


class Probes:
    """Answers for the clamds: a test says which are well, and counts how often each is asked."""

    def __init__(self) -> None:
        self._changed = Condition()
        self.well: set[Endpoint] = {A, B}
        self.count = {A: 0, B: 0}
        self.held: Event | None = None
        self.versions = ["ClamAV 1"]
        self.questions = Questions(self, self.version)
        self.room = 10

    def __call__(self, endpoint: Endpoint, until: Patience) -> Standing:
        assert isinstance(endpoint, UnixEndpoint)
        with self._changed:
            self.count[endpoint] += 1
            self._changed.notify_all()
        while self.held and not self.held.wait(0.01):
            until.wake()
        if endpoint not in self.well:
            raise ConnectError("Connection refused")
        return standing(self.room)

    def version(self, endpoint: Endpoint, _until: Patience) -> str:
        """Say the last of the versions, after those before it, once each."""
        if endpoint not in self.well:
            raise ConnectError("Connection refused")
        return self.versions.pop(0) if len(self.versions) > 1 else self.versions[0]

    def expect(self, endpoint: UnixEndpoint, count: int) -> None:
        """Wait until this one has been asked so often in all."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.count[endpoint] >= count, 30)


@pytest.fixture
def probes() -> Probes:
    return Probes()


Opener = Callable[..., ClamdPool]


@pytest.fixture
def opened(probes: Probes, events: Events) -> Iterator[Opener]:
    pools: list[ClamdPool] = []

    def start(*endpoints: Endpoint, backoff: Backoff = SOON) -> ClamdPool:
        pool = ClamdPool(endpoints, probes.questions, events, backoff=backoff)
        pools.append(pool)
        pool.start()
        return pool

    yield start
    for pool in pools:
        pool.close()


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def wait_aside(threads: ThreadPoolExecutor, pool: ClamdPool, wait: float = 30) -> Future[Lease]:
    return threads.submit(pool.acquire, wait, patience())


def test_it_has_no_thread_before_it_is_started(probes: Probes, events: Events) -> None:
    before = set(enumerate_threads())
    ClamdPool([A, B], probes.questions, events)
    assert set(enumerate_threads()) <= before
    assert probes.count == {A: 0, B: 0}


def test_all_are_probed_at_once_at_the_start(opened: Opener, probes: Probes) -> None:
    probes.held = Event()
    opened(A, B, backoff=NEVER)
    probes.expect(A, 1)
    probes.expect(B, 1)
    probes.held.set()


def test_the_first_message_waits_for_the_first_probe_only(
    opened: Opener, probes: Probes, aside: ThreadPoolExecutor
) -> None:
    probes.held = Event()
    pool = opened(A, backoff=NEVER)
    lease = wait_aside(aside, pool)
    probes.expect(A, 1)
    probes.held.set()
    assert lease.result(30).member.endpoint == A


def test_even_with_no_wait_allowed_an_untried_clamd_is_tried_first(
    opened: Opener, probes: Probes, aside: ThreadPoolExecutor
) -> None:
    probes.held = Event()
    pool = opened(A, backoff=NEVER)
    lease = wait_aside(aside, pool, wait=0)
    probes.expect(A, 1)
    assert not lease.done()
    probes.held.set()
    assert lease.result(30).member.endpoint == A


def test_with_no_wait_allowed_and_none_up_it_fails_at_once(
    opened: Opener, probes: Probes, events: Events
) -> None:
    probes.well = set()
    pool = opened(A, B, backoff=NEVER)
    events.expect(ClamdDown, 2)
    with pytest.raises(NoClamdError) as caught:
        pool.acquire(0, patience())
    assert str(caught.value) == "unix:/a: Connection refused; unix:/b: Connection refused"


def test_waiting_ends_after_the_wait(opened: Opener, probes: Probes) -> None:
    probes.well = set()
    pool = opened(A)
    with pytest.raises(NoClamdError):
        pool.acquire(0.05, patience())


def test_waiting_ends_with_the_message_s_time(opened: Opener, probes: Probes) -> None:
    probes.well = set()
    pool = opened(A)
    with pytest.raises(OverdueError):
        pool.acquire(30, patience(0.05))


def test_waiting_gives_signs_of_life(opened: Opener, probes: Probes) -> None:
    probes.well = set()
    pool = opened(A)
    beats: list[None] = []

    def beat() -> None:
        beats.append(None)
        if len(beats) == 3:
            probes.well = {A}

    assert pool.acquire(30, patience(30, beat, interval=0.01)).member.endpoint == A
    assert len(beats) >= 3


def test_one_that_comes_up_is_given_to_whoever_waits(
    opened: Opener, probes: Probes, events: Events, aside: ThreadPoolExecutor
) -> None:
    probes.well = set()
    pool = opened(A, B)
    waiting = [wait_aside(aside, pool) for _ in range(3)]
    probes.expect(A, 3)
    probes.well = {B}
    assert {lease.result(30).member.endpoint for lease in waiting} == {B}


def test_a_failure_takes_it_out_until_a_probe_succeeds(
    opened: Opener, probes: Probes, events: Events
) -> None:
    pool = opened(A, B)
    events.expect(ClamdUp, 2)
    probes.well = {B}
    lease = pool.acquire(0, patience())
    while lease.member.endpoint != A:
        lease = pool.acquire(0, patience())
    pool.fail(lease, "Connection reset by peer")
    assert events.expect(ClamdDown) == ClamdDown("unix:/a", "Connection reset by peer")
    assert {pool.acquire(0, patience()).member.endpoint for _ in range(4)} == {B}
    probes.well = {A, B}
    events.expect(ClamdUp, 3)
    assert {pool.acquire(0, patience()).member.endpoint for _ in range(9)} == {A, B}


def test_a_failure_of_a_former_life_is_not_held_against_it(opened: Opener, events: Events) -> None:
    pool = opened(A)
    first, second = (pool.acquire(30, patience()) for _ in range(2))
    pool.fail(first, "EOF")
    events.expect(ClamdUp, 2)
    pool.fail(second, "EOF")
    assert pool.acquire(0, patience()).member.in_flight == 1
    assert len(events.of(ClamdDown)) == 1


def test_failures_of_the_same_life_count_once(opened: Opener, events: Events) -> None:
    pool = opened(A, backoff=NEVER)
    leases = [pool.acquire(30, patience()) for _ in range(3)]
    for lease in leases:
        pool.fail(lease, "EOF")
    events.expect(ClamdDown)
    assert (leases[0].member.failures, leases[0].member.in_flight) == (1, 0)
    assert len(events.of(ClamdDown)) == 1


def test_changes_are_told_once_and_in_order(opened: Opener, probes: Probes, events: Events) -> None:
    probes.well = set()
    pool = opened(A)
    probes.expect(A, 5)
    probes.well = {A}
    events.expect(ClamdUp)
    pool.fail(pool.acquire(0, patience()), "EOF")
    events.expect(ClamdUp, 2)
    assert events.all == [
        ClamdDown("unix:/a", "Connection refused"),
        ClamdUp("unix:/a", "ClamAV 1"),
        ClamdDown("unix:/a", "EOF"),
        ClamdUp("unix:/a", "ClamAV 1"),
    ]


def test_one_that_is_up_is_not_probed(opened: Opener, probes: Probes, events: Events) -> None:
    pool = opened(A, B)
    events.expect(ClamdUp, 2)
    probes.well = {A}
    lease = next(
        lease for _ in range(9) if (lease := pool.acquire(0, patience())).member.endpoint == B
    )
    pool.fail(lease, "EOF")
    probes.expect(B, 10)
    assert probes.count[A] == 1


def test_a_message_that_waits_hurries_the_probes(
    opened: Opener, probes: Probes, events: Events, aside: ThreadPoolExecutor
) -> None:
    probes.well = set()
    pool = opened(A, backoff=Backoff(first=3600, most=3600, awaited=0.002))
    events.expect(ClamdDown)
    assert probes.count[A] == 1
    lease = wait_aside(aside, pool)
    probes.expect(A, 4)
    probes.well = {A}
    assert lease.result(30).member.endpoint == A


def test_a_probe_that_takes_too_long_is_a_failure(
    opened: Opener, probes: Probes, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clamgate.clamd.pool.PROBE_TIMEOUT", 0.02)
    probes.held = Event()
    opened(A)
    assert events.expect(ClamdDown) == ClamdDown("unix:/a", "no answer within 0.02 s")


def test_an_error_of_our_own_in_a_probe_is_a_failure_not_the_end(
    events: Events, aside: ThreadPoolExecutor
) -> None:
    outcomes = iter([OSError(24, "Too many open files"), None, None])

    def probe(_: Endpoint, __: Patience) -> Standing:
        if error := next(outcomes):
            raise error
        return standing()

    pool = ClamdPool([A], Questions(probe, lambda *_: "ClamAV 1"), events, backoff=SOON)
    pool.start()
    assert "Too many open files" in events.expect(ClamdDown).reason
    events.expect(ClamdUp)
    pool.close()


def test_closing_ends_waits_probes_and_threads(
    opened: Opener, probes: Probes, aside: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clamgate.clamd.pool._PROBE_INTERVAL", 0.05)
    probes.held = Event()
    pool = opened(A, B)
    lease = wait_aside(aside, pool)
    probes.expect(A, 1)
    probes.expect(B, 1)
    pool.close()
    with pytest.raises(NoClamdError, match="not tried yet"):
        lease.result(30)
    wait_until(lambda: not any(guard.is_alive() for guard in pool._guards), "their end")


def test_one_that_is_up_is_asked_for_its_version(
    opened: Opener, probes: Probes, events: Events
) -> None:
    probes.versions = ["ClamAV 1", "ClamAV 1/2/now"]
    pool = opened(A, backoff=Backoff(up=0.002))
    assert events.expect(DatabaseUpdated) == DatabaseUpdated(
        "unix:/a", "ClamAV 1/2/now", "ClamAV 1"
    )
    assert pool.acquire(0, patience()).version == "ClamAV 1/2/now"
    assert probes.count[A] == 1


def test_one_that_does_not_say_its_version_stays_up(
    opened: Opener, probes: Probes, events: Events
) -> None:
    asked = Event()

    def version(*_: object) -> str:
        if asked.is_set():
            return "ClamAV 2"
        asked.set()
        raise OverdueError

    probes.questions = Questions(probes, version)
    opened(A, backoff=Backoff(up=0.002))
    events.expect(DatabaseUpdated)
    assert events.of(ClamdDown) == []


def line_of(pool: ClamdPool, length: int) -> None:
    """Wait until so many stand in line."""
    wait_until(lambda: len(pool._line) == length, f"{length} in line")


def test_no_more_are_given_out_than_there_is_room_for(
    opened: Opener, probes: Probes, aside: ThreadPoolExecutor
) -> None:
    probes.room = 2
    pool = opened(A)
    leases = [pool.acquire(30, patience()) for _ in range(2)]
    third = wait_aside(aside, pool, wait=0)
    line_of(pool, 1)
    assert not third.done()
    pool.release(leases[0])
    assert third.result(30).member.in_flight == 2


def test_who_came_first_is_served_first(
    opened: Opener, probes: Probes, aside: ThreadPoolExecutor
) -> None:
    probes.room = 1
    pool = opened(A)
    lease = pool.acquire(30, patience())
    waiting = []
    for number in range(1, 5):
        waiting.append(wait_aside(aside, pool))
        line_of(pool, number)
    for number, one in enumerate(waiting, 1):
        pool.release(lease)
        lease = one.result(30)
        assert [later.done() for later in waiting[number:]] == [False] * (4 - number)


def test_one_that_cannot_be_served_holds_up_nobody(
    opened: Opener, probes: Probes, events: Events, aside: ThreadPoolExecutor
) -> None:
    probes.room = 1
    pool = opened(A, B)
    events.expect(ClamdUp, 2)
    leases = {lease.member.name: lease for lease in (pool.acquire(0, patience()) for _ in "AB")}
    not_a = aside.submit(pool.acquire, 30, patience(), exclude={leases["unix:/a"].member})
    line_of(pool, 1)
    other = wait_aside(aside, pool)
    line_of(pool, 2)
    pool.release(leases["unix:/a"])
    assert other.result(30).member.endpoint == A
    assert not not_a.done()
    pool.release(leases["unix:/b"])
    assert not_a.result(30).member.endpoint == B


def test_standing_in_line_is_not_waiting_for_a_clamd_to_come_up(
    opened: Opener, probes: Probes, events: Events, aside: ThreadPoolExecutor
) -> None:
    probes.room = 1
    pool = opened(A)
    lease = pool.acquire(30, patience())
    second = wait_aside(aside, pool, wait=0)
    line_of(pool, 1)
    pool.release(lease)
    assert second.result(30).waited == 0


def test_those_in_line_hear_that_the_clamd_is_gone(
    opened: Opener, probes: Probes, aside: ThreadPoolExecutor
) -> None:
    probes.room = 1
    pool = opened(A, backoff=NEVER)
    lease = pool.acquire(30, patience())
    second = wait_aside(aside, pool, wait=0)
    line_of(pool, 1)
    probes.well = set()
    pool.fail(lease, "EOF")
    with pytest.raises(NoClamdError, match="unix:/a: EOF"):
        second.result(30)
    assert pool._line == []


def test_who_is_overdue_leaves_the_line(
    opened: Opener, probes: Probes, aside: ThreadPoolExecutor
) -> None:
    probes.room = 1
    pool = opened(A)
    lease = pool.acquire(30, patience())
    with pytest.raises(OverdueError):
        pool.acquire(30, patience(0.05))
    assert pool._line == []
    pool.release(lease)
    assert pool.acquire(0, patience()).member.in_flight == 1


def test_it_says_how_busy_the_clamds_are(
    opened: Opener, probes: Probes, aside: ThreadPoolExecutor
) -> None:
    probes.room = 1
    pool = opened(A)
    lease = pool.acquire(30, patience())
    waiting = wait_aside(aside, pool)
    wait_until(lambda: pool.usage().waiting, "a place in the line")
    assert pool.usage() == Usage({"unix:/a": 1}, 1)
    pool.release(lease)
    pool.release(waiting.result(30))
    assert pool.usage() == Usage({"unix:/a": 0}, 0)
