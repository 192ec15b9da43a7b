"""What happened to the mail since it was last asked for, in plain numbers.

This is what each message costs, so it is cheap: one lock and a few additions. prometheus-client's
own values, in files that processes share, cost several times as much; they get what was counted
here every few seconds.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clamgate.core.decision import Disposition
from clamgate.core.events import (
    ClamdDown,
    ConnectionExempt,
    Event,
    Fault,
    Happened,
    MessageExempt,
    MessageJudged,
    MessageReleased,
    ScanRetried,
)
from clamgate.core.verdict import Clean, Empty, Failed, Infected, Unscanned
from clamgate.observe.metrics.buckets import Sorted

VERDICTS: Mapping[type, str] = {
    Clean: "clean",
    Empty: "empty",
    Infected: "infected",
    Unscanned: "unscanned",
    Failed: "failed",
}
"""The words for what a scan can say; as in the log."""
EXEMPT = "exempt"
RELEASED = "released"
ACTIONS = tuple(one.value for one in Disposition)

Fate = tuple[str, str, str]
"""Verdict, class of the first signature (or empty) and action of a message, in words."""


@dataclass(slots=True)
class Batch:
    """What was counted.

    Attributes:
        messages: By their fate.
        size: Their bytes.
        stored: Those that were put into the quarantine.
        durations: From MAIL to the decision.
        scans: From the request to the verdict, by clamd.
        waits: Of that, the time until the clamd had room, by clamd.
        failures: How often a clamd went down, by clamd.
        retries: Scans that a clamd failed in, by clamd.
        exempt_connections: Those that are let through whole.
        faults: Troubles that were logged.
    """

    messages: dict[Fate, int] = field(default_factory=lambda: defaultdict(int))
    size: int = 0
    stored: int = 0
    durations: Sorted = field(default_factory=Sorted)
    scans: dict[str, Sorted] = field(default_factory=lambda: defaultdict(Sorted))
    waits: dict[str, Sorted] = field(default_factory=lambda: defaultdict(Sorted))
    failures: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    retries: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    exempt_connections: int = 0
    faults: int = 0


class Counts:
    """An observer that counts. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batch = Batch()

    def take(self) -> Batch:
        """Return what was counted since the last call."""
        with self._lock:
            batch, self._batch = self._batch, Batch()
        return batch

    def note(self, events: Iterable[Happened]) -> None:
        """Count events; when they were does not matter."""
        with self._lock:
            batch = self._batch
            for event, _ in events:
                if isinstance(event, MessageJudged):
                    _count_judged(batch, event)
                else:
                    _count(batch, event)


def _count_judged(batch: Batch, event: MessageJudged) -> None:
    report = event.report
    fate = VERDICTS[type(event.verdict)], event.signature_class, event.decision.disposition.value
    batch.messages[fate] += 1
    batch.size += event.message.size
    batch.durations.add(event.seconds)
    if clamd := report.clamd:
        batch.scans[clamd].add(report.seconds)
        batch.waits[clamd].add(report.waited)
    if event.stored:
        batch.stored += 1


def _count(batch: Batch, event: Event) -> None:
    match event:
        case MessageExempt(message):
            batch.messages[EXEMPT, "", Disposition.ACCEPT.value] += 1
            batch.size += message.size
        case MessageReleased(message):
            batch.messages[RELEASED, "", Disposition.ACCEPT.value] += 1
            batch.size += message.size
        case ConnectionExempt():
            batch.exempt_connections += 1
        case ClamdDown(clamd):
            batch.failures[clamd] += 1
        case ScanRetried(clamd):
            batch.retries[clamd] += 1
        case Fault():
            batch.faults += 1
        case _:
            pass
