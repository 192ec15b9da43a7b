from __future__ import annotations

from tests.observe.examples import Clock, judged

from clamgate.core.events import ClamdUp, Fault, Started
from clamgate.core.settings import LogDetail, Logging
from clamgate.core.verdict import Clean
from clamgate.observe.log import LogObserver
from clamgate.observe.sink import Level, date


class FakeSink:
    def __init__(self) -> None:
        self.calls: list[object] = []

    def write(self, level: Level, text: str) -> None:
        self.calls.append((level, text))

    def reopen(self) -> None:
        self.calls.append("reopen")

    def close(self) -> None:
        self.calls.append("close")


def test_every_sink_gets_every_line() -> None:
    sinks = [FakeSink(), FakeSink()]
    clock = Clock()
    log = LogObserver(Logging(), False, sinks, clock)
    log.observe(Started("here", "1"))
    log.observe(ClamdUp("unix:/c", "v"))
    log.observe(Fault("a", "b"))
    expected = [
        (Level.INFO, f"+++ Started at {date(clock.now)}"),
        (Level.INFO, "clamd unix:/c is up: v"),
        (Level.WARNING, "a: b"),
    ]
    assert sinks[0].calls == sinks[1].calls == expected


def test_each_recipient_makes_a_line_each() -> None:
    sink = FakeSink()
    log = LogObserver(Logging(clean=LogDetail.BASIC), True, [sink])
    log.observe(judged(Clean()))
    assert len(sink.calls) == 2


def test_reopen_and_close_reach_every_sink() -> None:
    sinks = [FakeSink(), FakeSink()]
    log = LogObserver(Logging(), False, sinks)
    log.reopen()
    log.close()
    assert sinks[0].calls == sinks[1].calls == ["reopen", "close"]
