"""One mail before one judge or two."""

from __future__ import annotations

from clamgate.harness.replay.judgement import Judgement, Verdict
from clamgate.harness.replay.parcel import Given, Parcel, pack
from clamgate.harness.replay.sources import Mail
from clamgate.harness.replay.trial import hold

PARCEL = pack(3, Mail("x", b"To: a@x\n\n"), Given(sender=b"<s@x>"))


class Says:
    def __init__(self, verdict: Verdict) -> None:
        self.judged = Judgement(verdict, "Mail")
        self.asked: list[Parcel] = []

    def judge(self, parcel: Parcel) -> Judgement:
        self.asked.append(parcel)
        return self.judged


def test_one_judge() -> None:
    judge = Says(Verdict.REJECTED)
    trial = hold(PARCEL, judge)
    assert (trial.number, trial.name, trial.size) == (3, "x", 9)
    assert (trial.sender, trial.recipients) == (b"<s@x>", (b"<a@x>",))
    assert (trial.first, trial.second) == (judge.judged, None)
    assert trial.seconds >= 0


def test_both_judge_the_same_mail() -> None:
    one, other = Says(Verdict.REJECTED), Says(Verdict.ACCEPTED)
    trial = hold(PARCEL, one, other)
    assert (trial.first, trial.second) == (one.judged, other.judged)
    assert one.asked == other.asked == [PARCEL]
