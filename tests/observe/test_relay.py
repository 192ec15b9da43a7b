from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from tests.waiting import wait_until

from clamgate.observe.lines import LogLine
from clamgate.observe.relay import LARGEST_PACKET, Relay, make_channel, pack, pack_entry, unpack
from clamgate.observe.sink import Level

Channel = tuple[socket.socket, socket.socket]


@pytest.fixture
def channel() -> Iterator[Channel]:
    reader, writer = make_channel()
    reader.settimeout(30)
    with reader, writer:
        yield reader, writer


def line(number: int) -> LogLine:
    return LogLine(Level.INFO, f"line {number} " + "x" * 100)


def read(reader: socket.socket, count: int) -> list[LogLine]:
    """Read so many lines, and perhaps a few more that are in the same packet."""
    lines: list[LogLine] = []
    while len(lines) < count:
        packet = unpack(reader.recv(LARGEST_PACKET))
        lines.extend(one for one in packet if isinstance(one, LogLine))
    return lines


def read_entries(reader: socket.socket, count: int) -> list[bytes]:
    """Read so many entries of the history."""
    entries: list[bytes] = []
    while len(entries) < count:
        packet = unpack(reader.recv(LARGEST_PACKET))
        entries.extend(one for one in packet if isinstance(one, bytes))
    return entries


def fill(relay: Relay) -> int:
    """Send lines until there is no room, and return how many found it."""
    number = 0
    while relay.flush():
        relay.write(line(number))
        number += 1
    return number


@pytest.mark.parametrize("level", Level)
def test_a_line_arrives_as_it_was(level: Level) -> None:
    one = LogLine(level, "ein Grüß'chen", subject="unix:/a b", state="up")
    assert list(unpack(pack(one) + pack(one))) == [one, one]


def test_lines_and_entries_share_a_packet() -> None:
    one, entry = LogLine(Level.INFO, "one"), b"h\n\0" * 100
    packet = pack(one) + pack_entry(entry) + pack_entry(b"") + pack(one)
    assert list(unpack(packet)) == [one, entry, b"", one]


def test_a_line_that_tells_all_of_a_message_is_an_entry_too() -> None:
    one, other = LogLine(Level.ERROR, '{"a":"ü"}', tells_all=True), LogLine(Level.INFO, "other")
    packet = pack(other) + pack(one) + pack(other)
    assert list(unpack(packet)) == [other, one, one.text.encode(), other]


def test_what_is_added_is_sent_by_the_next_flush(channel: Channel) -> None:
    reader, writer = channel
    reader.setblocking(False)
    relay = Relay(writer)
    relay.add_entry(b"a")
    relay.add_line(line(1))
    relay.add_entry(b"b")
    with pytest.raises(BlockingIOError):
        reader.recv(LARGEST_PACKET)
    assert relay.flush()
    assert list(unpack(reader.recv(LARGEST_PACKET))) == [b"a", line(1), b"b"]
    relay.add_entry(b"c")
    relay.write(line(2))
    assert list(unpack(reader.recv(LARGEST_PACKET))) == [b"c", line(2)]


def test_many_go_at_once_in_their_order(channel: Channel) -> None:
    reader, writer = channel
    relay = Relay(writer)
    sent = [b"%05d" % number * 100 for number in range(300)]
    for entry in sent:
        relay.add_entry(entry)
    assert relay.flush()
    got: list[bytes] = []
    packets = 0
    while len(got) < len(sent):
        got += read_entries(reader, 1)
        packets += 1
    assert got == sent
    assert packets == 4  # 150 kB


def test_entries_that_are_too_much_are_lost_and_said(channel: Channel) -> None:
    reader, writer = channel
    relay = Relay(writer, limit=3)
    sent = fill(relay)
    for _ in range(5):
        relay.add_entry(b"x")
    assert not relay.flush()
    assert relay.lost == 3  # besides those two, the line that found no room waits
    read(reader, sent - 1)
    assert relay.flush()
    last, told = read(reader, 2)
    assert last == line(sent - 1)
    assert told.text.startswith("3 messages are missing from the history")


def test_close_sends_the_last_entries(channel: Channel) -> None:
    reader, writer = channel
    relay = Relay(writer)
    relay.start()
    relay.add_entry(b"last")
    relay.close(10)
    assert read_entries(reader, 1) == [b"last"]


def test_lines_are_sent_at_once_while_there_is_room(channel: Channel) -> None:
    reader, writer = channel
    relay = Relay(writer)
    relay.write(line(1))
    assert read(reader, 1) == [line(1)]


def test_without_room_lines_wait_in_their_order(channel: Channel) -> None:
    reader, writer = channel
    relay = Relay(writer)
    sent = fill(relay)
    for number in range(sent, sent + 500):
        relay.write(line(number))
    got = read(reader, sent - 1)
    while not relay.flush():
        got += read(reader, 1)
    got += read(reader, sent + 500 - len(got))
    assert got == [line(number) for number in range(sent + 500)]
    assert relay.lost == 0


def test_what_is_too_much_is_lost_and_said(channel: Channel) -> None:
    reader, writer = channel
    relay = Relay(writer, limit=3)
    sent = fill(relay)
    for number in range(sent, sent + 10):
        relay.write(line(number))
    assert relay.lost == 8  # the line that found no room waits too
    got = read(reader, sent - 1)
    assert relay.flush()
    got += read(reader, sent + 2 + 1 - len(got))
    assert got[:-1] == [line(number) for number in range(sent + 2)]
    assert got[-1].text.startswith("8 log lines were lost")


def test_its_thread_sends_what_waits_when_there_is_room(channel: Channel) -> None:
    reader, writer = channel
    relay = Relay(writer)
    relay.start()
    count = 10_000
    for number in range(count):
        relay.write(line(number))
    assert read(reader, count) == [line(number) for number in range(count)]
    relay.close(10)


def test_many_threads_lose_nothing(channel: Channel) -> None:
    reader, writer = channel
    relay = Relay(writer)
    relay.start()

    def write_all() -> None:
        for number in range(500):
            relay.write(line(number))

    threads = [threading.Thread(target=write_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    got = read(reader, 2000)
    for thread in threads:
        thread.join()
    assert sorted(one.text for one in got) == sorted(
        line(n).text for n in range(500) for _ in "abcd"
    )
    relay.close(10)


def test_close_waits_for_room_but_not_for_ever(channel: Channel) -> None:
    _, writer = channel
    relay = Relay(writer)
    fill(relay)
    relay.close(0.1)
    assert writer.fileno() == -1


def test_without_a_reader_lines_are_lost_and_nobody_is_harmed(channel: Channel) -> None:
    reader, writer = channel
    relay = Relay(writer)
    relay.start()
    reader.close()
    relay.write(line(1))
    wait_until(lambda: relay.lost > 0, "a lost line")
    relay.close(1)
