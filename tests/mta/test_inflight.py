from __future__ import annotations

import threading

from clamgate.mta.inflight import InFlight


def test_wait_idle_returns_at_once_when_nothing_is_open() -> None:
    assert InFlight().wait_idle(0)


def test_wait_idle_gives_up_while_something_is_open() -> None:
    in_flight = InFlight()
    in_flight.enter()
    assert not in_flight.wait_idle(0)


def test_the_last_to_leave_wakes_who_waits() -> None:
    in_flight = InFlight()
    in_flight.enter()
    in_flight.enter()
    results: list[bool] = []
    waiter = threading.Thread(target=lambda: results.append(in_flight.wait_idle(30)))
    waiter.start()
    in_flight.leave()
    assert in_flight.count == 1
    in_flight.leave()
    waiter.join(30)
    assert results == [True]
