from __future__ import annotations

import os

import pytest

from clamgate.message.mime.source import PartSource


def test_it_gives_its_bytes_in_pieces() -> None:
    data = bytes(range(256)) * 1000
    pieces = list(PartSource(data).chunks())
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) == 64 * 1024


def test_its_file_holds_them_and_is_closed() -> None:
    with PartSource(b"abc") as source:
        descriptor = source.descriptor()
        assert os.pread(descriptor, 10, 0) == b"abc"
        assert source.descriptor() == descriptor
        assert (source.size, source.length) == (3, 3)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
    source.close()
