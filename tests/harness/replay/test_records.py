"""Trials as JSON objects."""

from __future__ import annotations

import json

from clamgate.harness.replay.find import Problem
from clamgate.harness.replay.judgement import Judgement, Verdict
from clamgate.harness.replay.records import problem_record, record
from clamgate.harness.replay.trial import Trial

REJECTED = Judgement(
    Verdict.REJECTED, "EndOfMessage", "550 A", "Infected (A)", ("add X",), (("<b@x>", "450"),)
)
HELD = Judgement(Verdict.QUARANTINED, "EndOfMessage", "held", "Infected (A)")


def test_a_trial() -> None:
    found = record(Trial(3, "m#1", 10, b"<\xff@x>", (b"<a@x>",), REJECTED, 0.0012345))
    assert json.loads(json.dumps(found)) == {
        "number": 3,
        "name": "m#1",
        "size": 10,
        "sender": r"<\xff@x>",
        "recipients": ["<a@x>"],
        "verdict": "rejected",
        "stage": "EndOfMessage",
        "text": "550 A",
        "status": "Infected (A)",
        "signature": "A",
        "edits": ["add X"],
        "refused": [["<b@x>", "450"]],
        "ms": 1.234,
    }


def test_a_comparison() -> None:
    found = record(Trial(3, "m", 10, b"<>", (), HELD, 0.001, REJECTED, 0.002))
    assert found["changed"] == ["verdict", "text", "edits", "refused"]
    assert found["second"] == {
        "verdict": "rejected",
        "stage": "EndOfMessage",
        "text": "550 A",
        "status": "Infected (A)",
        "signature": "A",
        "edits": ["add X"],
        "refused": [["<b@x>", "450"]],
        "ms": 2.0,
    }
    assert record(Trial(3, "m", 10, b"<>", (), HELD, 0.001, HELD))["changed"] == []


def test_a_problem() -> None:
    assert problem_record(Problem("a\nb", "why")) == {"name": r"a\nb", "error": "why"}
