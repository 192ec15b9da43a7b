from __future__ import annotations

import os

import pytest

from clamgate.core.settings import MIB, Spooling
from clamgate.message.budget import MemoryBudget
from clamgate.message.mime.octets import Stored
from clamgate.message.mime.source import PartSource
from clamgate.message.mime.workspace import Workspace
from clamgate.message.spool import Spool


def test_it_gives_its_bytes_in_pieces() -> None:
    data = bytes(range(256)) * 1000
    pieces = list(PartSource(data).chunks())
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) == 64 * 1024


def test_its_file_holds_them_and_is_closed() -> None:
    with PartSource(b"abc") as source:
        assert source.in_memory() == b"abc"
        descriptor = source.descriptor()
        assert os.pread(descriptor, 10, 0) == b"abc"
        assert source.descriptor() == descriptor
        assert (source.size, source.length) == (3, 3)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
    source.close()


def test_what_is_in_a_file_of_its_own_is_not_copied() -> None:
    file = os.memfd_create("part")
    os.write(file, b"abc")
    with PartSource(Stored(file, 0, 3)) as source:
        assert source.in_memory() is None
        assert source.descriptor() == file
        assert os.lseek(file, 0, os.SEEK_CUR) == 0
        os.read(file, 2)
        assert source.descriptor() == file
        assert os.lseek(file, 0, os.SEEK_CUR) == 0
    os.close(file)


@pytest.mark.parametrize("size", [3, 2 * MIB])
def test_what_is_a_part_of_a_file_is_copied_to_the_workspace(size: int) -> None:
    budget = MemoryBudget(4 * MIB)
    workspace = Workspace(lambda: Spool(Spooling(), budget))
    file = os.memfd_create("message")
    os.write(file, b"head" + b"x" * size + b"tail")
    with PartSource(Stored(file, 4, size), workspace) as source:
        descriptor = source.descriptor()
        assert descriptor != file
        assert os.fstat(descriptor).st_size == size
        assert os.pread(descriptor, size, 0) == b"x" * size
        assert b"".join(source.chunks()) == b"x" * size
    assert budget.used == 0
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
    os.close(file)
