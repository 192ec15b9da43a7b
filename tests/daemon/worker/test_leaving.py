from __future__ import annotations

import pytest

from clamgate.daemon.reports import Order
from clamgate.daemon.worker.leaving import Leaving


def leaving(order: Order | None = None, at: float = 100.0) -> Leaving:
    it = Leaving(drain=600.0, stop=60.0)
    if order:
        assert it.tell(order, at)
    return it


def may_leave(it: Leaving, connections: int = 0, awaited: int = 0, now: float = 100.0) -> bool:
    return it.may_leave(lambda: connections, awaited, now)


def test_who_was_not_told_to_leave_stays() -> None:
    assert not may_leave(leaving())
    assert not leaving().overdue(1e9)


def test_draining_is_over_when_the_last_connection_is() -> None:
    it = leaving(Order.DRAIN)
    assert not may_leave(it, connections=1)
    assert may_leave(it)


def test_draining_takes_so_long_and_no_longer() -> None:
    it = leaving(Order.DRAIN)
    assert not it.overdue(699.9)
    assert it.overdue(700.0)
    assert not may_leave(it, connections=1, now=700.0)  # it is told to stop first


def test_a_stop_waits_for_messages_and_not_for_idle_connections() -> None:
    it = leaving(Order.STOP)
    assert not may_leave(it, connections=5, awaited=1)
    assert may_leave(it, connections=5)
    assert not may_leave(it, awaited=1, now=159.9)
    assert may_leave(it, awaited=1, now=160.0)


def test_to_quit_waits_for_nothing() -> None:
    assert may_leave(leaving(Order.QUIT), connections=5, awaited=5)


@pytest.mark.parametrize(
    ("first", "second", "is_new"),
    [
        (Order.DRAIN, Order.DRAIN, False),
        (Order.DRAIN, Order.STOP, True),
        (Order.STOP, Order.DRAIN, False),
        (Order.STOP, Order.QUIT, True),
        (Order.QUIT, Order.STOP, False),
    ],
)
def test_orders_only_become_stricter(first: Order, second: Order, is_new: bool) -> None:  # noqa: FBT001
    it = leaving(first)
    assert it.tell(second, 100.0) is is_new
    assert it.order is (second if is_new else first)
