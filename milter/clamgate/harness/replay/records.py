"""Trials as JSON objects, one for each line of a file."""

from __future__ import annotations

from clamgate.harness.replay.compare import changes
from clamgate.harness.replay.find import Problem
from clamgate.harness.replay.judgement import Judgement
from clamgate.harness.replay.text import printable, printable_name
from clamgate.harness.replay.trial import Trial


def record(trial: Trial) -> dict[str, object]:
    """Return what there is to say of one mail; docs/replay.md explains the names."""
    found: dict[str, object] = {
        "number": trial.number,
        "name": printable_name(trial.name),
        "size": trial.size,
        "sender": printable(trial.sender),
        "recipients": [printable(recipient) for recipient in trial.recipients],
        **_judged(trial.first, trial.seconds),
    }
    if trial.second is not None:
        found["second"] = _judged(trial.second, trial.second_seconds)
        found["changed"] = [change.name for change in changes(trial.first, trial.second)]
    return found


def problem_record(problem: Problem) -> dict[str, object]:
    """Return the same for what could not be replayed."""
    return {"name": printable_name(problem.name), "error": problem.reason}


def _judged(judged: Judgement, seconds: float) -> dict[str, object]:
    return {
        "verdict": judged.verdict.value,
        "stage": judged.stage,
        "text": judged.text,
        "status": judged.status,
        "signature": judged.signature,
        "edits": list(judged.edits),
        "refused": [list(pair) for pair in judged.refused],
        "ms": round(seconds * 1000, 3),
    }
