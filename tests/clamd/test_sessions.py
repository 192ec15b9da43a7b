from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.clamd.support import Bytes, ManualClock, patience
from tests.fake_clamd import EICAR, OK, Exchange, FakeClamd, closes, hangs, says

from clamgate.clamd.errors import BrokenError, ConnectError, OverdueError
from clamgate.clamd.protocol import Found, NothingFound, Refused
from clamgate.clamd.sessions import IDLE_SECONDS, Sessions
from clamgate.core.settings import UnixEndpoint
from clamgate.harness.private_clamd import PrivateClamd

MAIL = b"From clamav-milter\nSubject: x\r\n\r\nhello\r\n"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def sessions(fake: FakeClamd, clock: ManualClock) -> Iterator[Sessions]:
    made = Sessions(fake.endpoint, 2, clock)
    yield made
    made.close()


def _answers_the_first(exchange: Exchange) -> None:
    exchange.content()
    exchange.send_as(1, OK)


def _waits(exchange: Exchange) -> None:
    hangs(exchange)
    exchange.send(OK)


def scan(sessions: Sessions, content: bytes = MAIL) -> object:
    return sessions.scan(Bytes(content), patience())


def test_one_scan_after_the_other_goes_over_one_connection(
    fake: FakeClamd, sessions: Sessions
) -> None:
    fake.script = [says(b"fd[9]: OK\0"), says(b"fd[9]: Eicar FOUND\0"), says(b"fd[9]: OK\0")]
    assert [scan(sessions) for _ in range(3)] == [NothingFound(), Found("Eicar"), NothingFound()]
    assert fake.messages == [MAIL] * 3
    assert fake.connections == 1


def test_a_remote_clamd_gets_a_connection_for_each(tcp_fake: FakeClamd) -> None:
    sessions = Sessions(tcp_fake.endpoint, 2, time.monotonic)
    for _ in range(2):
        assert scan(sessions) == NothingFound()
    assert tcp_fake.connections == 2


def test_a_session_that_clamd_ended_meanwhile_is_no_failure(
    fake: FakeClamd, sessions: Sessions
) -> None:
    assert scan(sessions) == NothingFound()
    fake.stop()
    fake.start()
    assert scan(sessions) == NothingFound()
    assert fake.messages == [MAIL] * 2


def test_a_clamd_that_is_gone_is_a_failure(fake: FakeClamd, sessions: Sessions) -> None:
    assert scan(sessions) == NothingFound()
    fake.stop()
    with pytest.raises(ConnectError):
        scan(sessions)


def test_what_breaks_with_the_message_in_it_is_not_asked_again(
    fake: FakeClamd, sessions: Sessions
) -> None:
    assert scan(sessions) == NothingFound()
    fake.script = [closes]
    with pytest.raises(BrokenError, match="without a reply"):
        scan(sessions)
    assert fake.messages == [MAIL] * 2


def test_the_reply_to_another_command_is_nonsense(fake: FakeClamd, sessions: Sessions) -> None:
    assert scan(sessions) == NothingFound()
    fake.script = [_answers_the_first]
    with pytest.raises(BrokenError, match="command 2 is answered with"):
        scan(sessions)


def test_a_connection_on_which_something_went_wrong_is_not_kept(
    fake: FakeClamd, sessions: Sessions
) -> None:
    fake.script = [says(b"fd[9]: Can't allocate memory ERROR\0")]
    assert scan(sessions) == Refused("Can't allocate memory")
    fake.script = [hangs]
    with pytest.raises(OverdueError):
        sessions.scan(Bytes(MAIL), patience(0.05))
    fake.await_messages(2)  # or what comes next would meet with what is meant for this one
    assert scan(sessions) == NothingFound()
    assert fake.connections == 3


def test_unused_ones_are_closed(fake: FakeClamd, sessions: Sessions, clock: ManualClock) -> None:
    scan(sessions)
    clock.advance(IDLE_SECONDS - 1)
    sessions.close_idle()
    scan(sessions)
    assert fake.connections == 1
    clock.advance(IDLE_SECONDS + 1)
    sessions.close_idle()
    fake.await_open(0)


def test_no_more_are_kept_than_allowed(fake: FakeClamd, sessions: Sessions) -> None:
    fake.script = [_waits] * 4
    with ThreadPoolExecutor(4) as aside:
        waiting = [aside.submit(scan, sessions) for _ in range(4)]
        fake.await_messages(4)
        fake.released.set()
        assert [one.result(30) for one in waiting] == [NothingFound()] * 4
    fake.await_open(2)


def test_closed_ones_keep_nothing(fake: FakeClamd, sessions: Sessions) -> None:
    scan(sessions)
    sessions.close()
    fake.await_open(0)
    assert scan(sessions) == NothingFound()
    fake.await_open(0)


def test_real_clamd(real_clamd: PrivateClamd) -> None:
    sessions = Sessions(UnixEndpoint(str(real_clamd.socket_path)), 2, time.monotonic)
    try:
        for _ in range(3):
            assert scan(sessions) == NothingFound()
            assert isinstance(scan(sessions, EICAR), Found)
    finally:
        sessions.close()
