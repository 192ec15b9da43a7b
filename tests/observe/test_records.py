from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
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
from clamgate.observe.mail_records import Known
from clamgate.observe.records import Record, Timestamps, notice, record
from clamgate.observe.sink import Level


def test_a_line() -> None:
    line = Record.of(Level.INFO, "x", {"a": 1}).to_json("worker 1", Timestamps()(1795489712.25))
    assert line == (
        '{"time":"2026-11-24T03:08:32.250+00:00","level":"info","event":"x",'
        '"process":"worker 1","a":1}'
    )


@given(st.lists(st.floats(0, 4e9) | st.integers(0, 4 * 10**12).map(lambda n: n / 1000)))
@example([0.0, 0.9999995, 0.9999996, 1.9995, 1795489712.1229999])
def test_times(seconds: list[float]) -> None:
    write = Timestamps()
    for one in seconds:
        assert write(one) == datetime.fromtimestamp(one, UTC).isoformat(timespec="milliseconds")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            Started("inet:7357", "1"),
            Record.of(Level.INFO, "started", {"listening": "inet:7357", "version": "1"}),
        ),
        (Stopping(3), Record.of(Level.INFO, "stopping", {"in_flight": 3})),
        (Stopped(0), Record.of(Level.INFO, "stopped", {"unfinished": 0})),
        (Stopped(1), Record.of(Level.WARNING, "stopped", {"unfinished": 1})),
        (ClamdUp("c", "v"), Record.of(Level.INFO, "clamd up", {"clamd": "c", "version": "v"})),
        (
            ClamdDown("c", "r"),
            Record.of(Level.WARNING, "clamd down", {"clamd": "c", "reason": "r"}),
        ),
        (
            DatabaseUpdated("c", "v2", "v1"),
            Record.of(
                Level.INFO, "database updated", {"clamd": "c", "version": "v2", "before": "v1"}
            ),
        ),
        (
            ClamdLimit("c", 1, 2),
            Record.of(
                Level.WARNING, "clamd limit", {"clamd": "c", "proven": 1, "max_file_size": 2}
            ),
        ),
        (
            ScanRetried("c", "r", "q"),
            Record.of(Level.DEBUG, "scan retried", {"clamd": "c", "reason": "r", "queue_id": "q"}),
        ),
        (
            QuarantineExpired(2, 100),
            Record.of(Level.INFO, "quarantine expired", {"messages": 2, "size": 100}),
        ),
        (
            WorkerReplaced("w", "r"),
            Record.of(
                Level.WARNING, "worker replaced", {"worker": "w", "reason": "r", "lost": True}
            ),
        ),
        (Fault("w", "r"), Record.of(Level.WARNING, "fault", {"where": "w", "reason": "r"})),
    ],
)
def test_changes_of_state(event: Event, expected: Record) -> None:
    assert record(event, 0, Known()) == expected


def test_an_exempt_connection() -> None:
    said = record(ConnectionExempt(CLIENT, "client in LocalNet"), 0, Known())
    assert (said.level, said.event) == (Level.DEBUG, "connection exempt")
    fields = json.loads(said.state())
    assert fields["client_address"] == "192.0.2.1"
    assert fields["reason"] == "client in LocalNet"


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
    said = record(judged(verdict), 0, Known())
    assert (said.level, said.event) == (level, "message")


def test_a_conf_with_thousands_of_errors_still_makes_a_line_that_can_be_sent() -> None:
    said = record(ReloadRefused(("x" * 1000,) * 5000), 0, Known())
    assert (said.level, said.event) == (Level.ERROR, "reload refused")
    assert 1000 < len(said.to_json("master", "")) < 8192


def test_a_notice() -> None:
    said = json.loads(notice(Level.WARNING, "lost").to_json("log", ""))
    assert (said["event"], said["level"], said["text"]) == ("notice", "warning", "lost")
