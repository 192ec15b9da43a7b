"""What a replay came to, in figures."""

from __future__ import annotations

import pytest

from clamgate.harness.replay.judgement import Judgement, Verdict
from clamgate.harness.replay.summary import Summary, percentile
from clamgate.harness.replay.trial import Trial

CLEAN = Judgement(Verdict.ACCEPTED, "EndOfMessage", status="Clean")
REJECTED = Judgement(Verdict.REJECTED, "EndOfMessage", "550 A", "Infected (A)")
HELD = Judgement(Verdict.QUARANTINED, "EndOfMessage", "held", "Infected (A)")
SILENT = Judgement(Verdict.UNANSWERED, "", "gone")


def trial(first: Judgement, seconds: float = 0.1, second: Judgement | None = None) -> Trial:
    return Trial(1, "x", 10, b"<>", (), first, seconds, second)


def test_nothing_yet() -> None:
    summary = Summary()
    assert (summary.mails, summary.size, summary.noted, summary.changed) == (0, 0, 0, 0)
    assert summary.latencies() == {}


def test_all_is_counted() -> None:
    summary = Summary()
    for judged in (CLEAN, CLEAN, REJECTED, HELD, SILENT):
        summary.add(trial(judged))
    assert (summary.mails, summary.size, summary.noted, summary.unanswered) == (5, 50, 3, 1)
    assert summary.outcomes == {
        ("accepted", "Clean"): 2,
        ("rejected", "Infected"): 1,
        ("quarantined", "Infected"): 1,
        ("no answer", ""): 1,
    }
    assert summary.signatures == {("A",): 2}
    assert summary.replies == {
        ("rejected", "550 A"): 1,
        ("quarantined", "held"): 1,
        ("no answer", "gone"): 1,
    }


def test_changes_are_counted_by_kind() -> None:
    summary = Summary()
    for first, second in ((CLEAN, CLEAN), (REJECTED, HELD), (REJECTED, HELD), (CLEAN, SILENT)):
        summary.add(trial(first, second=second))
    assert summary.changed == 3
    assert summary.changes == {
        ("rejected (550 A) -> quarantined (held), X-Virus-Status: Infected (A)",): 2,
        ("accepted, X-Virus-Status: Clean -> no answer (gone)",): 1,
    }
    assert summary.unanswered == 1


def test_latencies_are_of_answers_only() -> None:
    summary = Summary()
    for number in range(1, 101):
        summary.add(trial(CLEAN, number / 100))
    summary.add(trial(SILENT, 300.0))
    assert summary.latencies() == {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}


@pytest.mark.parametrize(
    ("values", "percent", "found"),
    [([1.0], 50, 1.0), ([1.0, 2.0], 50, 1.0), ([1.0, 2.0], 51, 2.0), ([1.0, 2.0, 3.0], 99, 3.0)],
)
def test_percentiles_are_nearest_ranks(values: list[float], percent: int, found: float) -> None:
    assert percentile(values, percent) == found
