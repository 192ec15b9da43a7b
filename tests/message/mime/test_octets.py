from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from clamgate.core.settings import MIB, Spooling
from clamgate.message.budget import MemoryBudget
from clamgate.message.mime.octets import WINDOW, Stored, windows, without_mark
from clamgate.message.spool import SealedSpool, Spool

MARK = b"From clamav-milter\n"


@pytest.fixture
def descriptor() -> Iterator[int]:
    descriptor = os.memfd_create("octets")
    yield descriptor
    os.close(descriptor)


def sealed(content: bytes) -> SealedSpool:
    spool = Spool(Spooling(), MemoryBudget(4 * MIB))
    spool.write(content)
    return spool.seal()


def test_it_is_cut_as_bytes_are(descriptor: int) -> None:
    os.write(descriptor, b"##0123456789##")
    stored = Stored(descriptor, 2, 10)
    assert len(stored) == 10
    assert (stored[:], stored[2:4], stored[8:50], stored[-2:], stored[5:2]) == (
        *(b"0123456789", b"23", b"89", b"89", b""),
    )
    assert stored.cut(2, 5)[:] == b"234"
    assert stored.cut(8, 99)[:] == b"89"


@pytest.mark.parametrize("at", [0, WINDOW - 3, WINDOW - 1, WINDOW, 3 * WINDOW - 6])
def test_what_lies_over_the_edge_of_a_window_is_found(descriptor: int, at: int) -> None:
    content = bytearray(b"." * 3 * WINDOW)
    content[at : at + 6] = b"needle"
    os.write(descriptor, content)
    stored = Stored(descriptor, 0, len(content))
    assert stored.find(b"needle", 0, len(stored)) == at
    assert stored.find(b"needle", at, at + 6) == at
    assert stored.find(b"needle", at, at + 5) == -1
    assert stored.find(b"needle", at + 1, len(stored)) == -1


def test_bytes_that_went_away_are_an_error(descriptor: int) -> None:
    os.write(descriptor, b"0123")
    with pytest.raises(OSError, match="bytes are missing"):
        Stored(descriptor, 0, 5)[:]


def test_windows_are_all_of_it_piece_by_piece() -> None:
    assert list(windows(b"0123456789", 1, 9, 3)) == [(1, b"123"), (4, b"456"), (7, b"78")]


@pytest.mark.parametrize("size", [10, 2 * MIB])
@pytest.mark.parametrize("mark", [b"", MARK])
def test_the_mark_is_no_part_of_the_message(size: int, mark: bytes) -> None:
    with sealed(mark + b"x" * size) as source:
        octets = without_mark(source, MARK)
        assert len(octets) == size
        assert octets[:] == b"x" * size
