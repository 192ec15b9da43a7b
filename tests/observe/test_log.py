from __future__ import annotations

import json

import pytest
from tests.observe.examples import Clock, judged

from clamgate.core.events import ClamdDown, ClamdUp, Fault, ScanRetried, Started
from clamgate.core.settings import LogDetail, LogFormat, Logging, LogPrivacy
from clamgate.core.verdict import Clean
from clamgate.observe.lines import LogLine
from clamgate.observe.log import LogObserver
from clamgate.observe.sink import Level, date


def test_every_event_becomes_its_lines() -> None:
    written: list[LogLine] = []
    clock = Clock()
    log = LogObserver(Logging(), False, written.append, clock)
    log.observe(Started("here", "1"))
    log.observe(ClamdUp("unix:/c", "v"))
    log.observe(Fault("a", "b"))
    assert written == [
        LogLine(Level.INFO, f"+++ Started at {date(clock.now)}"),
        LogLine(Level.INFO, "clamd unix:/c is up: v", subject="unix:/c"),
        LogLine(Level.WARNING, "a: b"),
    ]


def test_each_recipient_makes_a_line_each() -> None:
    written: list[LogLine] = []
    log = LogObserver(Logging(clean=LogDetail.BASIC), True, written.append)
    log.observe(judged(Clean()))
    assert len(written) == 2


def test_json_tells_each_message_whatever_log_clean_says() -> None:
    written: list[LogLine] = []
    logging = Logging(format=LogFormat.JSON)
    log = LogObserver(logging, False, written.append, Clock(0), process="worker 1")
    log.observe(judged(Clean()))
    log.observe(ScanRetried("c", "r"))
    (line,) = written
    assert line.level is Level.INFO
    assert line.tells_all
    said = json.loads(line.text)
    assert (said["verdict"], said["process"]) == ("clean", "worker 1")
    assert said["time"] == "1970-01-01T00:00:00.000+00:00"


def test_what_workers_say_of_one_clamd_is_the_same_state() -> None:
    written: list[LogLine] = []
    for process, now in (("worker 1", 0.0), ("worker 2", 1.0)):
        logging = Logging(format=LogFormat.JSON)
        log = LogObserver(logging, False, written.append, Clock(now), process=process)
        log.observe(ClamdUp("unix:/c", "v"))
        log.observe(Fault("a", "b"))
    first, _, second, fault = written
    assert (first.subject, first.state) == (second.subject, second.state)
    assert first.text != second.text
    assert "clamd up" in first.state
    assert (fault.subject, fault.state) == ("", "")
    assert not any(line.tells_all for line in written)


@pytest.mark.parametrize("form", LogFormat)
def test_a_clamd_is_down_whatever_each_worker_met(form: LogFormat) -> None:
    written: list[LogLine] = []
    for reason in ("it closed the connection without a reply", "Connection refused"):
        log = LogObserver(Logging(format=form), False, written.append, process="w")
        log.observe(ClamdDown("unix:/c", reason))
        assert reason in written[-1].text
    first, second = written
    assert (first.subject, first.state) == (second.subject, second.state)
    log.observe(ClamdUp("unix:/c", "v"))
    assert written[-1].subject == first.subject
    assert (written[-1].state or written[-1].text) != first.state


@pytest.mark.parametrize("form", LogFormat)
def test_privacy(form: LogFormat) -> None:
    written: list[LogLine] = []
    logging = Logging(clean=LogDetail.FULL, format=form, privacy=tuple(LogPrivacy))
    LogObserver(logging, True, written.append).observe(judged(Clean()))
    assert len(written) == (2 if form is LogFormat.TEXT else 1)
    for text in (line.text for line in written):
        assert "***@example.net" in text
        assert "***@example.org" in text
        assert "Hello" not in text
        assert "one@" not in text
