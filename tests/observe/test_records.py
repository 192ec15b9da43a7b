from __future__ import annotations

import json

import pytest
from tests.observe.examples import CLIENT, EICAR, judged

from clamgate.core.events import (
    ClamdDown,
    ClamdLimit,
    ClamdUp,
    ConnectionExempt,
    DatabaseUpdated,
    Event,
    Fault,
    QuarantineExpired,
    ReloadRefused,
    ScanRetried,
    Started,
    Stopped,
    Stopping,
    WorkerReplaced,
)
from clamgate.core.verdict import Clean, Failed, Unscanned, Verdict
from clamgate.observe.records import Record, notice, record
from clamgate.observe.sink import Level


def test_a_line() -> None:
    line = Record(Level.INFO, "x", {"a": 1}).to_json("worker 1", 1795489712.25)
    assert line == (
        '{"time":"2026-11-24T03:08:32.250+00:00","level":"info","event":"x",'
        '"process":"worker 1","a":1}'
    )


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            Started("inet:7357", "1"),
            Record(Level.INFO, "started", {"listening": "inet:7357", "version": "1"}),
        ),
        (Stopping(3), Record(Level.INFO, "stopping", {"in_flight": 3})),
        (Stopped(0), Record(Level.INFO, "stopped", {"unfinished": 0})),
        (Stopped(1), Record(Level.WARNING, "stopped", {"unfinished": 1})),
        (ClamdUp("c", "v"), Record(Level.INFO, "clamd up", {"clamd": "c", "version": "v"})),
        (ClamdDown("c", "r"), Record(Level.WARNING, "clamd down", {"clamd": "c", "reason": "r"})),
        (
            DatabaseUpdated("c", "v2", "v1"),
            Record(Level.INFO, "database updated", {"clamd": "c", "version": "v2", "before": "v1"}),
        ),
        (
            ClamdLimit("c", 1, 2),
            Record(Level.WARNING, "clamd limit", {"clamd": "c", "proven": 1, "max_file_size": 2}),
        ),
        (
            ScanRetried("c", "r", "q"),
            Record(Level.DEBUG, "scan retried", {"clamd": "c", "reason": "r", "queue_id": "q"}),
        ),
        (
            QuarantineExpired(2, 100),
            Record(Level.INFO, "quarantine expired", {"messages": 2, "size": 100}),
        ),
        (
            WorkerReplaced("w", "r"),
            Record(Level.WARNING, "worker replaced", {"worker": "w", "reason": "r", "lost": True}),
        ),
        (Fault("w", "r"), Record(Level.WARNING, "fault", {"where": "w", "reason": "r"})),
    ],
)
def test_changes_of_state(event: Event, expected: Record) -> None:
    assert record(event, 0) == expected


def test_an_exempt_connection() -> None:
    said = record(ConnectionExempt(CLIENT, "client in LocalNet"), 0)
    assert (said.level, said.event) == (Level.DEBUG, "connection exempt")
    assert said.fields["client_address"] == "192.0.2.1"
    assert said.fields["reason"] == "client in LocalNet"


@pytest.mark.parametrize(
    ("verdict", "level"),
    [
        (Clean(), Level.INFO),
        (EICAR, Level.INFO),
        (Unscanned("r"), Level.WARNING),
        (Failed("r"), Level.ERROR),
    ],
)
def test_how_much_a_message_matters(verdict: Verdict, level: Level) -> None:
    said = record(judged(verdict), 0)
    assert (said.level, said.event) == (level, "message")


def test_a_conf_with_thousands_of_errors_still_makes_a_line_that_can_be_sent() -> None:
    said = record(ReloadRefused(("x" * 1000,) * 5000), 0)
    assert (said.level, said.event) == (Level.ERROR, "reload refused")
    assert 1000 < len(said.to_json("master", 0)) < 8192


def test_a_notice() -> None:
    said = json.loads(notice(Level.WARNING, "lost").to_json("log", 0))
    assert (said["event"], said["level"], said["text"]) == ("notice", "warning", "lost")
