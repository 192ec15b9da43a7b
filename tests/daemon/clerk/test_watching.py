from __future__ import annotations

import pytest
from tests.observe.examples import EICAR, Clock, judged, message

from clamgate.cli.top.model import Row
from clamgate.core.verdict import Clean, Verdict
from clamgate.daemon.clerk.clamds import ClamdWatch
from clamgate.daemon.clerk.watching import Watching
from clamgate.observe.history.entry import encode
from clamgate.observe.history.ring import Ring

NOW = 10_000.0


def keep(ring: Ring, queue_id: str, at: float = NOW, verdict: Verdict | None = None) -> None:
    event = judged(verdict or Clean(), message(queue_id=queue_id))
    ring.append(encode(event, at, "worker 1"))


def watching(ring: Ring | None) -> Watching:
    return Watching(ring, ClamdWatch(()), Clock(NOW))


def test_each_message_is_told_once() -> None:
    ring = Ring(1000)
    keep(ring, "A")
    desk = watching(ring)
    first = desk.answer({})
    assert [one["queue_id"] for one in first["latest"]] == ["A"]
    assert Row(*first["rows"][0]) == Row(
        *(NOW, 250.0, 12.5, "clean", "accept", "worker 1"), "unix:/run/clamd.ctl"
    )
    keep(ring, "B")
    second = desk.answer({"after": first["serial"]})
    assert [one["queue_id"] for one in second["latest"]] == ["B"]
    third = desk.answer({"after": second["serial"]})
    assert (third["serial"], third["rows"], third["latest"]) == (2, [], [])
    assert [one["queue_id"] for one in desk.answer({})["latest"]] == ["A", "B"]


def test_at_first_there_are_figures_of_ten_minutes() -> None:
    ring = Ring(1000)
    keep(ring, "old", NOW - 601)
    keep(ring, "new", NOW - 599)
    answer = watching(ring).answer({"after": None})
    assert len(answer["rows"]) == 1
    assert len(answer["latest"]) == 2


def test_what_is_found_is_not_lost_among_what_is_clean() -> None:
    ring = Ring(1000)
    keep(ring, "found", verdict=EICAR)
    for number in range(500):
        keep(ring, str(number))
    answer = watching(ring).answer({})
    assert [one["queue_id"] for one in answer["latest"][:2]] == ["found", "400"]
    assert (len(answer["latest"]), len(answer["rows"])) == (101, 501)


def test_who_knew_another_filter_begins_anew() -> None:
    ring = Ring(1000)
    keep(ring, "A")
    answer = watching(ring).answer({"after": 99})
    assert (answer["serial"], len(answer["latest"])) == (1, 1)


def test_without_a_history_there_are_clamds_at_least() -> None:
    answer = watching(None).answer({})
    assert (answer["remembers"], answer["rows"], answer["clamds"]) == (0, [], {})


def test_what_makes_no_sense_is_said() -> None:
    with pytest.raises(ValueError, match="makes no sense"):
        watching(None).answer({"after": "now"})
