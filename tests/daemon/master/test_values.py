from __future__ import annotations

from clamgate.daemon.master.values import Generation, Limits


def test_a_generation_has_a_place_for_each_worker() -> None:
    assert [slot.number for slot in Generation.of(1, 3, Limits()).slots] == [1, 2, 3]


def test_a_place_remembers_how_its_workers_fared() -> None:
    (slot,) = Generation.of(1, 1, Limits()).slots
    slot.lose(lived=0.0, now=100.0)
    slot.lose(lived=0.0, now=100.0)
    assert (slot.restarts, slot.failures, slot.not_before) == (2, 2, 101.0)
    slot.lose(lived=60.0, now=200.0)
    assert (slot.restarts, slot.failures, slot.not_before) == (3, 0, 101.0)
