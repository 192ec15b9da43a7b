from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.core.scanning import ScanSource
from clamgate.core.settings import KIB, MIB, Spooling
from clamgate.message.budget import MemoryBudget
from clamgate.message.spool import (
    FILE_BUFFER,
    MEMORY_PER_MESSAGE,
    PIECE,
    SealedSpool,
    Spool,
    SpoolError,
)

FULL_DISK = "/dev/full"


@pytest.fixture
def budget() -> MemoryBudget:
    return MemoryBudget(16 * MIB)


@pytest.fixture
def spool(tmp_path: Path, budget: MemoryBudget) -> Iterator[Spool]:
    made = Spool(Spooling(max_file_size=8 * MIB, temporary_directory=str(tmp_path)), budget)
    yield made
    made.close()


def contents(sealed: SealedSpool) -> bytes:
    return os.pread(sealed.descriptor(), sealed.length + 1, 0)


def open_descriptors() -> int:
    """Return how many files are open, memory among them; others' threads have other things."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # closed since, by one of those
            mode = os.fstat(int(entry.name)).st_mode
            count += stat.S_ISREG(mode) or stat.S_ISCHR(mode)
    return count


def test_a_short_message_stays_in_memory_and_is_exact(spool: Spool, budget: MemoryBudget) -> None:
    before = open_descriptors()
    for line in (b"From clamav-milter\n", b"Subject: \xfc\0\r\n", b"\r\n", b"body"):
        spool.write(line)
    assert open_descriptors() == before
    with spool.seal() as sealed:
        assert (sealed.size, sealed.length) == (38, 38)
        assert b"".join(sealed.chunks()) == b"From clamav-milter\nSubject: \xfc\0\r\n\r\nbody"
        assert contents(sealed) == b"From clamav-milter\nSubject: \xfc\0\r\n\r\nbody"
        assert budget.used == PIECE
    assert budget.used == 0
    assert open_descriptors() == before


def test_the_rest_is_kept_apart_if_asked_for(tmp_path: Path, budget: MemoryBudget) -> None:
    spooling = Spooling(max_file_size=10, temporary_directory=str(tmp_path))
    spool = Spool(spooling, budget, keep_rest=True)
    for piece in (b"12345", b"67890ab", b"cde", b"x" * MEMORY_PER_MESSAGE):
        spool.write(piece)
    before = open_descriptors()
    with spool.seal() as sealed:
        assert (sealed.size, sealed.length) == (15 + MEMORY_PER_MESSAGE, 10)
        assert contents(sealed) == b"1234567890"
        pieces = list(sealed.all_chunks())
        assert b"".join(pieces) == b"1234567890abcde" + b"x" * MEMORY_PER_MESSAGE
        assert max(map(len, pieces)) == PIECE
        assert b"".join(sealed.all_chunks()) == b"".join(pieces)
    assert budget.used == 0
    assert open_descriptors() <= before


def test_without_the_rest_a_message_is_not_whole(tmp_path: Path, budget: MemoryBudget) -> None:
    spool = Spool(Spooling(max_file_size=10, temporary_directory=str(tmp_path)), budget)
    spool.write(b"1234567890a")
    with spool.seal() as sealed, pytest.raises(ValueError, match="first part only"):
        list(sealed.all_chunks())


def test_a_rest_that_cannot_be_kept_closes_it_all(budget: MemoryBudget) -> None:
    spool = Spool(
        Spooling(max_file_size=10, temporary_directory="/no/such"), budget, keep_rest=True
    )
    with pytest.raises(SpoolError):
        spool.write(b"x" * (MEMORY_PER_MESSAGE + 100))
    with pytest.raises(ValueError):
        spool.write(b"x")
    assert budget.used == 0


def test_it_is_a_scan_source(spool: Spool) -> None:
    with spool.seal() as sealed:
        source: ScanSource = sealed
        assert source.length == 0
        assert list(source.chunks()) == []
        assert os.read(source.descriptor(), 1) == b""


def test_its_bytes_are_in_memory_until_they_are_in_a_file(spool: Spool) -> None:
    spool.write(b"one ")
    spool.write(b"message")
    with spool.seal() as sealed:
        assert sealed.in_memory() == b"one message"
        assert os.read(sealed.descriptor(), 99) == b"one message"
        assert sealed.in_memory() is None
        assert b"".join(sealed.chunks()) == b"one message"
    with pytest.raises(ValueError, match="closed"):
        sealed.in_memory()


def test_a_long_message_goes_to_a_nameless_file(
    spool: Spool, budget: MemoryBudget, tmp_path: Path
) -> None:
    body = os.urandom(PIECE - 1)
    for _ in range(40):
        spool.write(body)
    assert budget.used == 0
    with spool.seal() as sealed:
        assert sealed.in_memory() is None
        assert sealed.length == 40 * len(body)
        assert contents(sealed) == 40 * body
        assert os.fstat(sealed.descriptor()).st_dev == tmp_path.stat().st_dev
        assert list(tmp_path.iterdir()) == []


def test_short_writes_after_the_turn_to_a_file_keep_their_order(spool: Spool) -> None:
    expected = bytes(MEMORY_PER_MESSAGE)
    spool.write(expected)
    for number in range(5000):
        line = b"X-%d: y\r\n" % number
        expected += line
        spool.write(line)
    with spool.seal() as sealed:
        assert contents(sealed) == expected
        assert b"".join(sealed.chunks()) == expected


def test_a_message_in_a_file_holds_back_little(spool: Spool) -> None:
    spool.write(bytes(MEMORY_PER_MESSAGE // 2))
    spool.write(bytes(MEMORY_PER_MESSAGE))
    for _ in range(100):
        spool.write(bytes(1000))
        assert sum(map(len, spool._chunks)) <= FILE_BUFFER


def test_what_is_over_the_limit_is_counted_but_not_kept(tmp_path: Path) -> None:
    spool = Spool(Spooling(max_file_size=10, temporary_directory=str(tmp_path)), MemoryBudget(MIB))
    for data in (b"01234567", b"89abc", b"def"):
        spool.write(data)
    with spool.seal() as sealed:
        assert (sealed.size, sealed.length) == (16, 10)
        assert contents(sealed) == b"0123456789"


def test_a_message_of_exactly_the_limit_is_whole(tmp_path: Path) -> None:
    spool = Spool(Spooling(max_file_size=4, temporary_directory=str(tmp_path)), MemoryBudget(MIB))
    spool.write(b"abcd")
    with spool.seal() as sealed:
        assert (sealed.size, sealed.length) == (4, 4)


def test_a_huge_body_takes_no_memory_beyond_the_limit(tmp_path: Path) -> None:
    budget = MemoryBudget(16 * MIB)
    spool = Spool(Spooling(max_file_size=100 * KIB, temporary_directory=str(tmp_path)), budget)
    body = bytes(PIECE)
    for _ in range(16 * KIB):
        spool.write(body)
    assert budget.used <= 128 * KIB
    assert len(spool._chunks) <= 2
    with spool.seal() as sealed:
        assert (sealed.size, sealed.length) == (1024 * MIB, 100 * KIB)


@pytest.mark.parametrize("limit", [0, PIECE, 3 * PIECE])
def test_a_used_up_budget_sends_the_message_to_a_file_and_fails_nothing(
    limit: int, tmp_path: Path
) -> None:
    budget = MemoryBudget(limit)
    spool = Spool(Spooling(temporary_directory=str(tmp_path)), budget)
    expected = b""
    for number in range(5):
        piece = bytes([number]) * PIECE
        expected += piece
        spool.write(piece)
        assert budget.used <= limit
    assert budget.used == 0
    with spool.seal() as sealed:
        assert contents(sealed) == expected


def test_memory_in_a_descriptor_counts_until_it_is_closed(
    spool: Spool, budget: MemoryBudget
) -> None:
    spool.write(bytes(100))
    sealed = spool.seal()
    sealed.descriptor()
    assert budget.used == PIECE
    sealed.close()
    assert budget.used == 0


def test_the_descriptor_is_the_same_each_time_and_at_its_start(spool: Spool) -> None:
    spool.write(b"hello")
    with spool.seal() as sealed:
        first = sealed.descriptor()
        assert os.read(first, 5) == b"hello"
        assert sealed.descriptor() == first
        assert os.read(first, 5) == b"hello"


def test_the_descriptor_of_a_file_is_at_its_start_too(spool: Spool) -> None:
    spool.write(b"x" * (MEMORY_PER_MESSAGE + 1))
    with spool.seal() as sealed:
        assert os.lseek(sealed.descriptor(), 0, os.SEEK_CUR) == 0


def test_a_message_in_memory_cannot_be_changed_once_passed_on(spool: Spool) -> None:
    spool.write(b"hello")
    with spool.seal() as sealed:
        with pytest.raises(PermissionError):
            os.pwrite(sealed.descriptor(), b"J", 0)
        assert b"".join(sealed.chunks()) == b"hello"


def test_chunks_that_went_missing_from_the_file_are_an_error(spool: Spool) -> None:
    spool.write(b"x" * (2 * MIB))
    with spool.seal() as sealed:
        os.ftruncate(sealed.descriptor(), MIB)
        with pytest.raises(SpoolError, match="bytes are missing from it"):
            list(sealed.chunks())


@given(
    st.lists(st.binary(max_size=40 * KIB), max_size=60),
    st.integers(0, 2 * MIB),
    st.sampled_from([0, PIECE, 16 * MIB]),
)
def test_any_writes_give_exactly_the_first_bytes(
    writes: list[bytes], limit: int, memory: int
) -> None:
    budget = MemoryBudget(memory)
    spool = Spool(Spooling(max_file_size=limit), budget)
    for data in writes:
        spool.write(data)
    whole = b"".join(writes)
    with spool.seal() as sealed:
        assert sealed.size == len(whole)
        assert sealed.length == min(len(whole), limit)
        pieces = list(sealed.chunks())
        assert b"".join(pieces) == whole[:limit]
        assert all(0 < len(piece) <= PIECE for piece in pieces)
        assert contents(sealed) == whole[:limit]
        assert b"".join(sealed.chunks()) == whole[:limit]
    assert budget.used == 0


def test_a_missing_directory_is_said_and_the_memory_given_back() -> None:
    budget = MemoryBudget(MIB)
    spool = Spool(Spooling(temporary_directory="/nonexistent/spool"), budget)
    spool.write(bytes(PIECE))
    with pytest.raises(SpoolError) as caught:
        spool.write(bytes(2 * MIB))
    assert str(caught.value) == (
        "cannot make a file in /nonexistent/spool: No such file or directory"
    )
    assert caught.value.errno == errno.ENOENT
    assert budget.used == 0


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "clamgate.message.spool.nameless_file", lambda _: os.open(FULL_DISK, os.O_RDWR)
    )


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_said_and_everything_given_back(
    spool: Spool, budget: MemoryBudget, tmp_path: Path
) -> None:
    before = open_descriptors()
    spool.write(bytes(PIECE))
    with pytest.raises(SpoolError) as caught:
        spool.write(bytes(2 * MIB))
    assert str(caught.value) == (f"cannot write to a file in {tmp_path}: No space left on device")
    assert caught.value.errno == errno.ENOSPC
    assert budget.used == 0
    assert open_descriptors() == before


def test_a_disk_that_fills_at_the_last_bytes_fails_the_seal(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.write(bytes(2 * MIB))
    spool.write(b"held back")

    def full(descriptor: int, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("clamgate.message.spool.write_all", full)
    with pytest.raises(SpoolError, match="No space left"):
        spool.seal()


def test_no_memory_for_a_descriptor_is_a_spool_error(
    spool: Spool, budget: MemoryBudget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(name: str, flags: int) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    spool.write(b"hello")
    monkeypatch.setattr(os, "memfd_create", none_left)
    with spool.seal() as sealed, pytest.raises(SpoolError, match="Too many open files"):
        sealed.descriptor()
    assert budget.used == 0


def test_a_message_given_up_half_way_leaves_nothing(spool: Spool, budget: MemoryBudget) -> None:
    before = open_descriptors()
    spool.write(bytes(PIECE))
    spool.write(bytes(2 * MIB))
    spool.close()
    spool.close()
    assert budget.used == 0
    assert open_descriptors() == before


def test_closing_a_spool_leaves_its_sealed_message_alone(spool: Spool) -> None:
    spool.write(b"hello")
    with spool.seal() as sealed:
        spool.close()
        assert contents(sealed) == b"hello"


@pytest.mark.parametrize("misuse", [lambda spool: spool.write(b"more"), lambda spool: spool.seal()])
def test_nothing_is_added_after_the_seal(spool: Spool, misuse: Callable[[Spool], object]) -> None:
    with spool.seal(), pytest.raises(ValueError, match="sealed or closed"):
        misuse(spool)


def test_a_closed_message_gives_nothing_out(spool: Spool) -> None:
    sealed = spool.seal()
    sealed.close()
    sealed.close()
    with pytest.raises(ValueError, match="closed"):
        sealed.descriptor()
    with pytest.raises(ValueError, match="closed"):
        sealed.chunks()
