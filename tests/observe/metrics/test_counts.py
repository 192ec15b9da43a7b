from __future__ import annotations

import threading
from dataclasses import replace
from typing import get_args

import pytest
from tests.observe.examples import judged, message

from clamgate.core.decision import Disposition
from clamgate.core.envelope import Client
from clamgate.core.events import (
    ClamdDown,
    ClamdUp,
    ConnectionExempt,
    Event,
    Fault,
    MessageExempt,
    MessageReleased,
    ScanRetried,
)
from clamgate.core.verdict import Clean, Failed, Infected, ScanReport, Unscanned, Verdict
from clamgate.observe.metrics.counts import ACTIONS, VERDICTS, Counts

CLAMD = "unix:/run/clamd.ctl"


def test_every_verdict_and_every_action_has_a_word() -> None:
    assert set(VERDICTS) == set(get_args(Verdict))
    assert set(ACTIONS) == {"accept", "reject", "defer", "blackhole", "quarantine"}


@pytest.mark.parametrize(
    ("verdict", "class_", "disposition", "fate"),
    [
        (Clean(), "", Disposition.ACCEPT, ("clean", "", "accept")),
        (Infected(("X",)), "malware", Disposition.REJECT, ("infected", "malware", "reject")),
        (Unscanned("big"), "", Disposition.ACCEPT, ("unscanned", "", "accept")),
        (Failed("why"), "", Disposition.DEFER, ("failed", "", "defer")),
    ],
)
def test_a_message_counts_by_its_fate(
    verdict: Verdict, class_: str, disposition: Disposition, fate: tuple[str, str, str]
) -> None:
    counts = Counts()
    event = judged(verdict, disposition=disposition)
    counts.note([(replace(event, signature_class=class_, stored="id"), 0)])
    batch = counts.take()
    assert batch.messages == {fate: 1}
    assert batch.size == 1234
    assert batch.stored == 1
    assert (sum(batch.durations.counts), batch.durations.total) == (1, 0.25)


def test_scan_and_wait_count_for_the_clamd_that_gave_the_verdict() -> None:
    counts = Counts()
    report = ScanReport(Clean(), clamd=CLAMD, attempts=1, seconds=0.5, waited=0.125)
    scanned = replace(judged(Clean()), report=report)
    failed = replace(judged(Failed("why")), report=ScanReport(Failed("why")))
    counts.note([(scanned, 0), (failed, 0)])
    batch = counts.take()
    assert {clamd: one.total for clamd, one in batch.scans.items()} == {CLAMD: 0.5}
    assert {clamd: one.total for clamd, one in batch.waits.items()} == {CLAMD: 0.125}
    assert sum(batch.durations.counts) == 2


def test_what_is_not_scanned_counts_too() -> None:
    counts = Counts()
    exempt, released = MessageExempt(message(), "LocalNet"), MessageReleased(message(), "an id")
    counts.note([(exempt, 0), (released, 0)])
    batch = counts.take()
    assert batch.messages == {("exempt", "", "accept"): 1, ("released", "", "accept"): 1}
    assert batch.size == 2 * 1234


def test_so_do_troubles() -> None:
    counts = Counts()
    events: list[Event] = [
        ClamdDown(CLAMD, "refused"),
        ScanRetried(CLAMD, "closed"),
        ScanRetried(CLAMD, "closed"),
        Fault("session", "odd"),
        ConnectionExempt(Client(host="x"), "LocalNet"),
        ClamdUp(CLAMD, "ClamAV 1.4"),
    ]
    counts.note([(event, 0) for event in events])
    batch = counts.take()
    assert (batch.failures, batch.retries) == ({CLAMD: 1}, {CLAMD: 2})
    assert (batch.faults, batch.exempt_connections) == (1, 1)


def test_what_was_taken_is_not_there_any_more() -> None:
    counts = Counts()
    counts.note([(judged(Clean()), 0)])
    assert counts.take().messages
    assert not counts.take().messages


def test_nothing_is_lost_or_counted_twice_between_threads() -> None:
    counts = Counts()
    event = judged(Clean())

    def observe() -> None:
        for _ in range(2000):
            counts.note([(event, 0)])

    threads = [threading.Thread(target=observe) for _ in range(4)]
    for thread in threads:
        thread.start()
    taken = 0
    while any(thread.is_alive() for thread in threads):
        taken += sum(counts.take().messages.values())
    taken += sum(counts.take().messages.values())
    assert taken == 8000
