"""What becomes of a packet whose clerk does not live to write it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence

import pytest

from clamgate.daemon.clerk.clerk import _write_all
from clamgate.daemon.clerk.desk import Desk
from clamgate.daemon.link import Link
from clamgate.observe.lines import LogLine
from clamgate.observe.logbook import Logbook
from clamgate.observe.relay import LARGEST_PACKET, make_channel, pack, unpack
from clamgate.observe.sink import Level, Said

LINE = LogLine(Level.INFO, "one")


class Doomed:
    """A sink that does something else than to write."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def write(self, level: Level, text: str) -> None:
        self.write_all([(level, text)])

    def write_all(self, said: Sequence[Said]) -> None:
        assert said
        self._end()

    def reopen(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def reader() -> Iterator[socket.socket]:
    """Return a channel with a line in it, and nobody who could write another."""
    reader, writer = make_channel()
    with reader:
        with writer:
            writer.send(pack(LINE))
        yield reader


def write(channel: socket.socket, end: Callable[[], None]) -> None:
    mine, masters = Link.pair()
    try:
        _write_all(Logbook([Doomed(end)]), None, channel, mine, Desk(mine, {}))
    finally:
        mine.close()
        masters.close()


def test_one_that_is_killed_leaves_it_to_the_next(reader: socket.socket) -> None:
    pid = os.fork()
    if pid == 0:
        write(reader, lambda: os._exit(9))
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    assert list(unpack(reader.recv(LARGEST_PACKET))) == [LINE]


def test_one_that_cannot_be_written_is_not_given_to_the_next(reader: socket.socket) -> None:
    def fail() -> None:
        raise ValueError("what no clerk can write")

    with pytest.raises(ValueError, match="no clerk"):
        write(reader, fail)
    assert reader.recv(LARGEST_PACKET) == b""
