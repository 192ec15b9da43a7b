from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clamgate.observe.history.ring import Ring


def contents(ring: Ring, after: int = 0) -> list[tuple[int, bytes]]:
    return list(ring.read(after))


def test_nothing_is_in_a_new_one() -> None:
    ring = Ring(3)
    assert (len(ring), ring.written, contents(ring)) == (0, 0, [])


def test_the_last_ones_are_kept_and_numbered() -> None:
    ring = Ring(3)
    for number in range(1, 6):
        ring.append(b"%d" % number)
    assert contents(ring) == [(3, b"3"), (4, b"4"), (5, b"5")]
    assert contents(ring, after=4) == [(5, b"5")]
    assert (len(ring), ring.written) == (3, 5)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 65_536), max_size=100))
def test_long_ones_leave_room_for_fewer(sizes: list[int]) -> None:
    ring = Ring(40)  # 1 MiB of room
    wanted = [bytes([number % 256]) * size for number, size in enumerate(sizes)]
    for entry in wanted:
        ring.append(entry)
    kept = [entry for _, entry in ring.read()]
    assert kept == wanted[len(wanted) - len(kept) :]
    fit = 0
    room = 1 << 20
    for entry in reversed(wanted[-40:]):
        room -= len(entry) + 4
        fit += room >= 0
        if room < 0:
            break
    assert len(kept) == fit


def test_one_that_is_too_long_is_left_out() -> None:
    ring = Ring(1)
    ring.append(b"a")
    ring.append(b"x" * 65_537)
    assert contents(ring) == [(1, b"a")]


def test_what_goes_while_somebody_reads_is_passed_over() -> None:
    ring = Ring(1000)
    for _ in range(1000):
        ring.append(b"old" * 100)
    reading = ring.read()
    assert next(reading)[0] == 1
    for _ in range(1000):
        ring.append(b"new")
    rest = list(reading)
    serials = [serial for serial, _ in rest]
    assert serials == sorted(set(serials))
    assert rest[-1] == (2000, b"new")


def test_a_fork_writes_into_the_same_one() -> None:
    ring = Ring(10)
    ring.append(b"before")
    pid = os.fork()
    if pid == 0:
        ring.append(b"of the child")
        os._exit(0)
    os.waitpid(pid, 0)
    ring.append(b"after")
    assert contents(ring) == [(1, b"before"), (2, b"of the child"), (3, b"after")]


@pytest.mark.parametrize(("limit", "kept"), [(2, [b"2", b"3"]), (9, [b"1", b"2", b"3"])])
def test_another_takes_over_what_it_has_room_for(limit: int, kept: list[bytes]) -> None:
    old, new = Ring(3), Ring(limit)
    for entry in (b"0", b"1", b"2", b"3"):
        old.append(entry)
    new.take_over(old)
    old.close()
    assert [entry for _, entry in new.read()] == kept
