from __future__ import annotations

import pytest
from tests.clamd.support import ManualClock

from clamgate.clamd.errors import OverdueError
from clamgate.clamd.patience import Heartbeat, Patience


class Patient:
    """A patience of 12 s that beats every 5 s, and its counted beats."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.beats = 0
        self.patience = Patience(Heartbeat(self._beat, self.clock, 5), 12)

    def _beat(self) -> None:
        self.beats += 1


@pytest.fixture
def patient() -> Patient:
    return Patient()


def test_it_blocks_no_longer_than_to_the_next_beat(patient: Patient) -> None:
    assert patient.patience.pause() == 5
    patient.clock.advance(3)
    assert patient.patience.pause() == 2


def test_it_blocks_no_longer_than_to_its_end(patient: Patient) -> None:
    patient.clock.advance(10)
    patient.patience.wake()
    assert patient.patience.pause() == 2


def test_a_beat_is_made_when_due_and_not_more_often(patient: Patient) -> None:
    for _ in range(40):
        patient.clock.advance(0.25)
        patient.patience.wake()
    assert patient.beats == 2


def test_waking_after_the_end_says_so(patient: Patient) -> None:
    patient.clock.advance(12)
    assert patient.patience.expired
    with pytest.raises(OverdueError):
        patient.patience.wake()


def test_zero_seconds_are_for_ever(patient: Patient) -> None:
    endless = Patience(Heartbeat(patient._beat, patient.clock, 5), 0)
    patient.clock.advance(1e9)
    endless.wake()
    assert not endless.expired
    assert endless.pause() == 5


def test_a_narrower_one_ends_earlier_and_never_later(patient: Patient) -> None:
    assert patient.patience.within(3).remaining == 3
    assert patient.patience.within(99).remaining == 12
    assert patient.patience.within(0).remaining == 12


def test_a_narrower_one_shares_the_beat(patient: Patient) -> None:
    patient.clock.advance(5)
    patient.patience.within(6).wake()
    patient.patience.wake()
    assert patient.beats == 1


def test_what_a_beat_raises_goes_to_the_waiter(patient: Patient) -> None:
    def gone() -> None:
        raise ConnectionError("the MTA is gone")

    patience = Patience(Heartbeat(gone, patient.clock, 5), 12)
    patient.clock.advance(5)
    with pytest.raises(ConnectionError):
        patience.wake()
