from __future__ import annotations

import pytest
from tests.observe.examples import judged, message

from clamgate.core.verdict import Clean
from clamgate.daemon.clerk.history import answer_history
from clamgate.observe.history.entry import encode
from clamgate.observe.history.ring import Ring


def ring_of(count: int) -> Ring:
    ring = Ring(100)
    for number in range(count):
        event = judged(Clean(), message(queue_id=f"Q{number}"))
        ring.append(encode(event, 100.0 + number, "worker 1"))
    return ring


def test_what_fits_is_returned_the_newest_at_the_end() -> None:
    answer = answer_history(ring_of(5), {"sender": "a@", "most": 2})
    assert [one["queue_id"] for one in answer["messages"]] == ["Q3", "Q4"]
    assert (answer["ok"], answer["count"], answer["kept"], answer["limit"], answer["oldest"]) == (
        *(True, 5, 5, 100),
        100.0,
    )


def test_an_empty_history() -> None:
    answer = answer_history(Ring(5), {})
    assert (answer["messages"], answer["kept"], answer["oldest"]) == ([], 0, None)


def test_entries_that_cannot_be_read_are_left_out() -> None:
    ring = ring_of(1)
    ring.append(b"nonsense")
    assert answer_history(ring, {})["count"] == 1


def test_what_makes_no_sense_is_said() -> None:
    for asked in ({"most": "all"}, {"most": -1}, {"most": 10_001}, {"since": "now"}):
        with pytest.raises(ValueError):
            answer_history(ring_of(1), asked)
    with pytest.raises(ValueError, match="HistorySize is 0"):
        answer_history(None, {})
