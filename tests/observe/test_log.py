from __future__ import annotations

import json

import pytest
from tests.observe.examples import Clock, judged

from clamgate.core.events import ClamdUp, Fault, ScanRetried, Started
from clamgate.core.settings import LogDetail, LogFormat, Logging, LogPrivacy
from clamgate.core.verdict import Clean
from clamgate.observe.log import LogObserver
from clamgate.observe.sink import Level, date


class FakeSink:
    def __init__(self) -> None:
        self.calls: list[tuple[Level, str]] = []
        self.orders: list[str] = []

    def write(self, level: Level, text: str) -> None:
        self.calls.append((level, text))

    def reopen(self) -> None:
        self.orders.append("reopen")

    def close(self) -> None:
        self.orders.append("close")


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
    assert sinks[0].orders == sinks[1].orders == ["reopen", "close"]


def test_json_tells_each_message_whatever_log_clean_says() -> None:
    sink = FakeSink()
    logging = Logging(format=LogFormat.JSON)
    log = LogObserver(logging, False, [sink], Clock(0), process="worker 1")
    log.observe(judged(Clean()))
    log.observe(ScanRetried("c", "r"))
    ((level, text),) = sink.calls
    assert level is Level.INFO
    said = json.loads(text)
    assert (said["verdict"], said["process"]) == ("clean", "worker 1")
    assert said["time"] == "1970-01-01T00:00:00.000+00:00"


@pytest.mark.parametrize("form", LogFormat)
def test_privacy(form: LogFormat) -> None:
    sink = FakeSink()
    logging = Logging(clean=LogDetail.FULL, format=form, privacy=tuple(LogPrivacy))
    LogObserver(logging, True, [sink]).observe(judged(Clean()))
    assert len(sink.calls) == (2 if form is LogFormat.TEXT else 1)
    for _, text in sink.calls:
        assert "***@example.net" in text
        assert "***@example.org" in text
        assert "Hello" not in text
        assert "one@" not in text
