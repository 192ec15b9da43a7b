"""What a whole replay came to, in figures."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Sequence

from clamgate.harness.replay.compare import changes, spell_out
from clamgate.harness.replay.judgement import Judgement, Verdict
from clamgate.harness.replay.trial import Trial

PERCENTILES = (50, 90, 99)

Counts = Counter[tuple[str, ...]]
"""How many there are of what these words say."""


class Summary:
    """Adds up trials; nothing of a mail itself is kept.

    Attributes:
        mails: How many were judged.
        size: Bytes of them.
        outcomes: How many there are of each verdict with its X-Virus-Status, without signatures.
        signatures: How many of each signature.
        replies: How many of each reply's text, or reason to hold, with its verdict.
        changes: With a second filter: how many of each change.
        noted: How many were not simply passed.
        unanswered: How many got no answer, from either of two.
    """

    def __init__(self) -> None:
        self.mails = 0
        self.size = 0
        self.noted = 0
        self.unanswered = 0
        self.outcomes: Counts = Counter()
        self.signatures: Counts = Counter()
        self.replies: Counts = Counter()
        self.changes: Counts = Counter()
        self._seconds = array("d")

    def add(self, trial: Trial) -> None:
        """Count one mail."""
        first = trial.first
        self.mails += 1
        self.size += trial.size
        self.noted += not first.passed
        self.outcomes[first.verdict.value, kind_of_status(first)] += 1
        if first.signature is not None:
            self.signatures[(first.signature,)] += 1
        if first.text:
            self.replies[first.verdict.value, first.text] += 1
        if trial.second is not None and changes(first, trial.second):
            self.changes[(spell_out(first, trial.second),)] += 1
        given = [judged.verdict for judged in (first, trial.second) if judged is not None]
        self.unanswered += Verdict.UNANSWERED in given
        if first.verdict is not Verdict.UNANSWERED:
            self._seconds.append(trial.seconds)

    @property
    def changed(self) -> int:
        """For how many something would change."""
        return self.changes.total()

    def latencies(self) -> dict[str, float]:
        """Return the seconds that answers took: percentiles and the longest; none of no answer."""
        ordered = sorted(self._seconds)
        if not ordered:
            return {}
        figures = {f"p{percent}": percentile(ordered, percent) for percent in PERCENTILES}
        return {**figures, "max": ordered[-1]}


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the smallest of these at or under which so many percent lie (nearest rank)."""
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def kind_of_status(judged: Judgement) -> str:
    """Return the first word of X-Virus-Status (Clean, Infected, Unscanned), empty without one."""
    return (judged.status or "").partition(" ")[0]
