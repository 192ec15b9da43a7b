"""What a replay came to, as tables."""

from __future__ import annotations

import pytest

from clamgate.cli.replay_report import report, totals
from clamgate.harness.replay.judgement import Judgement, Verdict
from clamgate.harness.replay.summary import Summary
from clamgate.harness.replay.trial import Trial

CLEAN = Judgement(Verdict.ACCEPTED, "EndOfMessage", status="Clean")


def rejected(name: str) -> Judgement:
    return Judgement(Verdict.REJECTED, "EndOfMessage", f"550 [red]{name}", f"Infected ({name})")


def summary_of(*judged: Judgement, second: Judgement | None = None) -> Summary:
    summary = Summary()
    for number, one in enumerate(judged, 1):
        summary.add(Trial(number, "x", 10, b"<>", (), one, 0.25, second))
    return summary


def shown(capsys: pytest.CaptureFixture[str], summary: Summary) -> list[str]:
    report(summary, 2.0)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_tables_of_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, summary_of(CLEAN, CLEAN, CLEAN, rejected("A"))) == [
        "verdict X-Virus-Status mails %",
        "accepted Clean 3 75.0",
        "rejected Infected 1 25.0",
        "signature mails",
        "A 1",
        "verdict reply or reason mails",
        "rejected 550 [red]A 1",
        "4 mails, 40 bytes, in 2.0 s: 2.0/s",
        "milliseconds to the answer: p50 250.0, p90 250.0, p99 250.0, max 250.0",
    ]


def test_what_would_change(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, summary_of(CLEAN, rejected("A"), second=CLEAN))
    at = lines.index("what would change mails")
    assert lines[at + 1] == "rejected (550 [red]A) -> accepted, X-Virus-Status: Clean 1"


def test_of_many_the_most_frequent_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    many = [rejected(f"S{n}") for n in range(25)]
    lines = shown(capsys, summary_of(*many, rejected("S24")))
    at = lines.index("signature mails")
    assert lines[at + 1] == "S24 2"
    assert lines[at + 21] == "(5 more) 5"


def test_nothing_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, Summary()) == ["0 mails, 0 bytes, in 2.0 s: 0.0/s"]
    assert totals(Summary(), 0.0) == "0 mails, 0 bytes, in 0.0 s: 0.0/s"


def test_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    report(Summary(), 1.0, stderr=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("0 mails")
