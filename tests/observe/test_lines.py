from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

import pytest
from tests.observe.examples import judged, message
from tests.time_zone import time_zone

from clamgate.core.envelope import Client, HeaderFacts
from clamgate.core.events import (
    ClamdDown,
    ClamdLimit,
    ClamdUp,
    ConnectionExempt,
    Event,
    Fault,
    MessageExempt,
    QuarantineExpired,
    Reloaded,
    ReloadRefused,
    ScanRetried,
    Started,
    Stopped,
    Stopping,
    WorkerReplaced,
)
from clamgate.core.settings import LogDetail, Logging
from clamgate.core.verdict import Clean
from clamgate.observe.lines import LogLine, lines
from clamgate.observe.sink import Level
from clamgate.observe.text import MAX_LINE

QUIET = Logging()
VERBOSE = Logging(verbose=True)


@pytest.fixture(autouse=True)
def _utc() -> Iterator[None]:
    with time_zone("UTC"):
        yield


def said(event: Event, logging: Logging = QUIET) -> list[LogLine]:
    return lines(event, logging, each_recipient=False, now=1795489712)


def test_the_start_is_told_as_the_c_program_does() -> None:
    event = Started("inet:7357@127.0.0.1", "1.2")
    start = LogLine(Level.INFO, "+++ Started at Tue Nov 24 03:08:32 2026")
    assert said(event) == [start]
    assert said(event, VERBOSE) == [
        start,
        LogLine(Level.DEBUG, "clamgate 1.2 listens on inet:7357@127.0.0.1"),
    ]


def test_the_stop() -> None:
    assert said(Stopping(3)) == [LogLine(Level.INFO, "Stopping; messages still in flight: 3")]
    stopped = LogLine(Level.INFO, "--- Stopped at Tue Nov 24 03:08:32 2026")
    assert said(Stopped(0)) == [stopped]
    cut_off = "Messages cut off unfinished, which their MTAs send again: 2"
    assert said(Stopped(2)) == [LogLine(Level.WARNING, cut_off), stopped]


def test_a_reload_and_what_needs_a_restart() -> None:
    done = LogLine(Level.INFO, "Reloaded: the conf is in force (generation 2)")
    assert said(Reloaded(2)) == [done]
    waiting = "Changed, but only a restart brings it into effect: User, PidFile"
    assert said(Reloaded(2, ("User", "PidFile"))) == [done, LogLine(Level.WARNING, waiting)]


def test_a_reload_that_was_refused_and_why() -> None:
    kept = "Not reloaded: the conf that was in force stays in force"
    assert said(ReloadRefused(("x.conf:3: bad", "x.conf:9: worse"))) == [
        LogLine(Level.ERROR, "x.conf:3: bad"),
        LogLine(Level.ERROR, "x.conf:9: worse"),
        LogLine(Level.ERROR, kept),
    ]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            QuarantineExpired(3, 4096),
            LogLine(
                Level.INFO,
                "Stored messages beyond the limits, which are gone now: 3 (4096 bytes)",
            ),
        ),
        (
            ClamdUp("unix:/c", "ClamAV 1.4.6"),
            LogLine(Level.INFO, "clamd unix:/c is up: ClamAV 1.4.6", subject="unix:/c"),
        ),
        (
            ClamdDown("unix:/c", "connection refused"),
            LogLine(
                Level.WARNING,
                "clamd unix:/c is down: connection refused",
                subject="unix:/c",
                state="down",
            ),
        ),
        (
            ClamdLimit("unix:/c", 100, 200),
            LogLine(
                Level.WARNING,
                "clamd unix:/c finds a test signature in at most 100 bytes, but MaxFileSize is "
                "200: what is larger counts as unscanned. Raise MaxFileSize, MaxScanSize and "
                "StreamMaxLength in clamd.conf, or lower MaxFileSize here",
                subject="limit of unix:/c",
            ),
        ),
        (WorkerReplaced("worker 1", "died"), LogLine(Level.WARNING, "worker 1: died")),
        (WorkerReplaced("worker 1", "spent", lost=False), LogLine(Level.INFO, "worker 1: spent")),
        (Fault("VirusAction", "x failed"), LogLine(Level.WARNING, "VirusAction: x failed")),
    ],
)
def test_troubles_and_their_ends_are_always_told(event: Event, line: LogLine) -> None:
    assert said(event) == said(event, VERBOSE) == [line]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            ConnectionExempt(Client("h.example", IPv4Address("10.1.1.1")), "client in LocalNet"),
            "Skipping scan for h.example[10.1.1.1] (client in LocalNet)",
        ),
        (
            MessageExempt(message(), "all recipients in AllowList"),
            (
                "Skipping scan for <a@example.org> to <two@example.net> "
                "(all recipients in AllowList), client mail.example[192.0.2.1]"
            ),
        ),
        (
            ScanRetried("unix:/c", "broken pipe", "4XyZ"),
            "Message 4XyZ: clamd unix:/c failed in mid-scan (broken pipe); it is scanned again",
        ),
    ],
)
def test_details_are_told_with_log_verbose_only(event: Event, text: str) -> None:
    assert said(event) == []
    assert said(event, VERBOSE) == [LogLine(Level.DEBUG, text)]


def test_a_judged_message_has_its_lines_and_the_verbose_one() -> None:
    event = judged(Clean())
    basic = Logging(clean=LogDetail.BASIC)
    verbose = Logging(clean=LogDetail.BASIC, verbose=True)
    assert [line.level for line in said(event, basic)] == [Level.INFO]
    assert [line.level for line in said(event, verbose)] == [Level.INFO, Level.DEBUG]


def test_each_recipient_is_handed_on() -> None:
    told = lines(judged(Clean()), Logging(clean=LogDetail.BASIC), each_recipient=True, now=0)
    assert len(told) == 2


def test_no_text_breaks_a_line_or_is_endless() -> None:
    (line,) = said(Fault("somewhere\r\n", "ERROR: forged\n" + "x" * 2 * MAX_LINE))
    assert line.text.startswith("somewhere  : ERROR: forged x")
    assert len(line.text) == MAX_LINE


@pytest.mark.parametrize("header", [b"x" * 100_000, "é".encode() * 50_000])
def test_a_line_of_longest_parts_is_not_cut_at_its_end(header: bytes) -> None:
    long = message(
        sender=b"<" + header + b">",
        recipients=(b"<" + header + b">",),
        headers=HeaderFacts(subjects=(header,), message_id=header, date=header),
    )
    (line,) = said(judged(Clean(), long), Logging(clean=LogDetail.FULL))
    assert line.text.endswith("...'")
    assert len(line.text) < MAX_LINE
