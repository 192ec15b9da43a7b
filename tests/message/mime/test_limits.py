from __future__ import annotations

import pytest

from clamgate.message.mime.limits import CutOffError, Limits, Meter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_parts_are_counted() -> None:
    meter = Meter(Limits(parts=2), 100)
    meter.part()
    meter.part()
    with pytest.raises(CutOffError, match=r"^more than 2 parts$"):
        meter.part()


def test_readings_are_counted() -> None:
    meter = Meter(Limits(entities=1), 100)
    meter.entity(0)
    with pytest.raises(CutOffError, match=r"^more than 1 readings$"):
        meter.entity(0)


def test_depth_is_bounded() -> None:
    meter = Meter(Limits(depth=3), 100)
    meter.entity(3)
    with pytest.raises(CutOffError, match=r"^parts more than 3 deep$"):
        meter.entity(4)


def test_decoded_bytes_are_bounded_by_the_size_of_the_message() -> None:
    meter = Meter(Limits(decoded=2), 1_000_000)
    meter.decoded(2_000_000)
    with pytest.raises(CutOffError, match=r"^its parts are over 2 times its size$"):
        meter.decoded(1)


def test_a_short_message_may_unfold_to_more() -> None:
    Meter(Limits(decoded=2), 10).decoded(2 * 65536)


def test_time_is_bounded() -> None:
    clock = Clock()
    meter = Meter(Limits(seconds=5), 100, clock)
    clock.now = 5.0
    meter.entity(0)
    clock.now = 5.1
    with pytest.raises(CutOffError, match=r"^its parts take longer than 5 s$"):
        meter.decoded(0)
