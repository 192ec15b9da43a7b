from __future__ import annotations

from clamgate.mta.inflight import InFlight


def test_it_counts_what_has_begun_and_not_ended() -> None:
    in_flight = InFlight()
    tickets = [in_flight.enter(), in_flight.enter()]
    assert (in_flight.count, in_flight.awaited) == (2, 2)
    for ticket in tickets:
        in_flight.leave(ticket)
    assert (in_flight.count, in_flight.awaited) == (0, 0)


def test_what_begins_after_the_list_is_closed_is_not_awaited() -> None:
    in_flight = InFlight()
    early = in_flight.enter()
    in_flight.close_list()
    late = in_flight.enter()
    assert (in_flight.count, in_flight.awaited) == (2, 1)
    in_flight.leave(early)
    assert (in_flight.count, in_flight.awaited) == (1, 0)
    in_flight.leave(late)
    assert (in_flight.count, in_flight.awaited) == (0, 0)
