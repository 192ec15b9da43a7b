from __future__ import annotations

from collections.abc import Sequence

from clamgate.observe.lines import LogLine
from clamgate.observe.logbook import Logbook
from clamgate.observe.sink import Level, Said


class FakeSink:
    def __init__(self) -> None:
        self.calls: list[object] = []

    def write(self, level: Level, text: str) -> None:
        self.write_all([(level, text)])

    def write_all(self, said: Sequence[Said]) -> None:
        self.calls.extend(said)

    def reopen(self) -> None:
        self.calls.append("reopen")

    def close(self) -> None:
        self.calls.append("close")


def test_every_sink_gets_everything() -> None:
    sinks = [FakeSink(), FakeSink()]
    logbook = Logbook(sinks)
    logbook.write(LogLine(Level.INFO, "a"))
    logbook.reopen()
    logbook.write(LogLine(Level.ERROR, "b"))
    logbook.close()
    expected = [(Level.INFO, "a"), "reopen", (Level.ERROR, "b"), "close"]
    assert sinks[0].calls == sinks[1].calls == expected


def test_what_several_processes_see_of_one_clamd_is_said_once() -> None:
    sink = FakeSink()
    logbook = Logbook([sink])
    for text in ("up", "up", "down", "down", "up"):
        logbook.write(LogLine(Level.INFO, f"a is {text}", subject="a"))
    logbook.write(LogLine(Level.INFO, "b is up", subject="b"))
    logbook.write(LogLine(Level.INFO, "a is up", subject="a"))
    assert [call[1] for call in sink.calls if isinstance(call, tuple)] == [
        "a is up",
        "a is down",
        "a is up",
        "b is up",
    ]


def test_records_that_differ_in_who_says_so_say_the_same() -> None:
    sink = FakeSink()
    logbook = Logbook([sink])
    for text, state in (("1: up", "up"), ("2: up", "up"), ("2: down", "down"), ("1: up", "up")):
        logbook.write(LogLine(Level.INFO, text, subject="a", state=state))
    assert [call[1] for call in sink.calls if isinstance(call, tuple)] == [
        "1: up",
        "2: down",
        "1: up",
    ]


def test_lines_of_nobody_are_all_written() -> None:
    sink = FakeSink()
    logbook = Logbook([sink])
    for _ in range(3):
        logbook.write(LogLine(Level.INFO, "Clean message"))
    assert len(sink.calls) == 3


def test_lines_that_come_together_are_told_apart_too() -> None:
    sink = FakeSink()
    up, down = (LogLine(Level.INFO, text, subject="a") for text in ("up", "down"))
    Logbook([sink]).write(up, up, LogLine(Level.INFO, "x"), down, down, up)
    assert [call[1] for call in sink.calls if isinstance(call, tuple)] == ["up", "x", "down", "up"]
