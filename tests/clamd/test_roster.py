from __future__ import annotations

import time
from collections.abc import Iterable

import pytest

from clamgate.clamd.limits import SizeProof
from clamgate.clamd.roster import Backoff, Lease, Member, Roster, Standing, State
from clamgate.clamd.sessions import Sessions
from clamgate.core.events import ClamdDown, ClamdUp, DatabaseUpdated
from clamgate.core.settings import UnixEndpoint


def standing(version: str = "ClamAV 1") -> Standing:
    proof = SizeProof("c", 1000, lambda *_: True, lambda _: None)
    return Standing(version, proof, Sessions(UnixEndpoint("/c"), 0, time.monotonic))


@pytest.fixture
def roster() -> Roster:
    made = Roster.of(UnixEndpoint(f"/{name}") for name in "abc")
    for member in made.members:
        made.mark_up(member, standing(), 0)
    return made


def chosen(
    roster: Roster, avoid: Iterable[Member] = (), exclude: Iterable[Member] = ()
) -> str | None:
    lease = roster.choose(set(avoid), set(exclude))
    return lease.member.name[-1] if lease else None


def lease(roster: Roster) -> Lease:
    got = roster.choose((), ())
    assert got
    return got


def test_equals_take_turns(roster: Roster) -> None:
    order = []
    for _ in range(7):
        one = lease(roster)
        order.append(one.member.name[-1])
        roster.give_back(one)
    assert order == list("abcabca")


def test_the_least_busy_is_preferred(roster: Roster) -> None:
    first = lease(roster)
    second = lease(roster)
    lease(roster)
    roster.give_back(second)
    assert chosen(roster) == "b"
    roster.give_back(first)
    assert chosen(roster) == "a"


def test_one_to_avoid_is_taken_only_for_want_of_another(roster: Roster) -> None:
    a, b, c = roster.members
    b.in_flight = c.in_flight = 9
    assert chosen(roster, avoid=[a]) == "b"
    roster.mark_down(b, "gone", 0)
    roster.mark_down(c, "gone", 0)
    assert chosen(roster, avoid=[a]) == "a"


def test_one_that_is_excluded_is_never_taken(roster: Roster) -> None:
    a, b, c = roster.members
    assert chosen(roster, exclude=[a, b]) == "c"
    assert chosen(roster, exclude=[a, b, c]) is None


def test_one_that_is_down_or_untried_is_not_taken() -> None:
    roster = Roster.of([UnixEndpoint("/a"), UnixEndpoint("/b")])
    a, b = roster.members
    assert chosen(roster) is None
    assert roster.hopeful(())
    assert not roster.hopeful({a, b})
    roster.mark_down(a, "refused", 0)
    roster.mark_up(b, standing(), 0)
    assert not roster.hopeful(())
    assert [chosen(roster), chosen(roster)] == ["b", "b"]


def test_only_changes_are_told() -> None:
    roster = Roster.of([UnixEndpoint("/a")])
    (a,) = roster.members
    roster.mark_down(a, "refused", 0)
    roster.mark_down(a, "no such file", 1)
    roster.mark_up(a, standing("ClamAV 2"), 2)
    roster.mark_down(a, "reset", 2)
    assert a.untold == [
        ClamdDown("unix:/a", "refused"),
        ClamdUp("unix:/a", "ClamAV 2"),
        ClamdDown("unix:/a", "reset"),
    ]


def test_each_coming_up_is_a_new_life(roster: Roster) -> None:
    before = lease(roster)
    roster.mark_down(before.member, "gone", 0)
    roster.mark_up(before.member, standing(), 0)
    assert before.life != before.member.life


def test_why_none_is_up_is_said_for_each(roster: Roster) -> None:
    a, b, c = roster.members
    roster.mark_down(a, "Connection refused", 0)
    roster.mark_down(b, "No such file or directory", 0)
    c.state = State.UNTRIED
    assert roster.troubles() == (
        "unix:/a: Connection refused; unix:/b: No such file or directory; unix:/c: not tried yet"
    )


def test_the_delay_doubles_up_to_its_most() -> None:
    backoff = Backoff()
    delays = [backoff.delay(failures, awaited=False) for failures in range(1, 9)]
    assert delays == [0.5, 1, 2, 4, 8, 15, 15, 15]
    assert backoff.delay(10**6, awaited=False) == 15


def test_it_stays_short_while_a_message_waits() -> None:
    backoff = Backoff()
    assert [backoff.delay(failures, awaited=True) for failures in (1, 2, 3, 99)] == [0.5, 1, 1, 1]


def test_when_one_is_to_be_probed() -> None:
    roster = Roster.of([UnixEndpoint("/a")])
    (a,) = roster.members
    assert a.until_due(50, Backoff(), awaited=False) == 0
    roster.mark_down(a, "refused", tried=50)
    roster.mark_down(a, "refused", tried=51)
    assert a.until_due(51.25, Backoff(), awaited=False) == 0.75
    assert a.until_due(53, Backoff(), awaited=False) == -1
    roster.mark_up(a, standing(), tried=90)
    assert a.until_due(99, Backoff(), awaited=False) == 51
    roster.mark_down(a, "reset", tried=100)
    assert a.until_due(100, Backoff(), awaited=False) == 0.5


def test_a_new_version_of_one_that_is_up_is_told(roster: Roster) -> None:
    a = roster.members[0]
    a.untold.clear()
    for at, version in enumerate(("ClamAV 1", None, "ClamAV 1/2/now", "ClamAV 1/2/now"), 1):
        roster.mark_version(a, version, at)
    assert a.untold == [DatabaseUpdated("unix:/a", "ClamAV 1/2/now", "ClamAV 1")]
    assert a.tried == 4
    chosen_lease = roster.choose((), roster.members[1:])
    assert chosen_lease is not None
    assert chosen_lease.version == "ClamAV 1/2/now"


def test_none_is_given_more_than_its_room(roster: Roster) -> None:
    for member in roster.members:
        member.room = 1
    assert sorted(lease(roster).member.name[-1] for _ in "abc") == list("abc")
    assert roster.choose((), ()) is None
    assert not roster.has_room
    assert roster.crowded(())
    assert not roster.crowded(set(roster.members))
