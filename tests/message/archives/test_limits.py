from __future__ import annotations

import pytest

from clamgate.message.archives.limits import Limits, Meter, OutOfBoundsError


class Clock:
    """Seconds that the test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_only_the_time_that_is_spent_on_archives_counts() -> None:
    clock = Clock()
    meter = Meter(Limits(seconds=5), clock)
    with meter.running():
        clock.now += 4
        meter.archive(0)
    clock.now += 60
    with meter.running():
        meter.entry()
        clock.now += 2
        with pytest.raises(OutOfBoundsError, match="longer than 5 s"):
            meter.unpacked(1)


def test_what_is_unpacked_leaves_less_room() -> None:
    meter = Meter(Limits(unpacked=100))
    with meter.running():
        meter.unpacked(60)
        assert meter.room == 40
        with pytest.raises(OutOfBoundsError):
            meter.unpacked(41)
