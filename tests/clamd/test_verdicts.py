from __future__ import annotations

import pytest

from clamgate.clamd.protocol import Found, LimitExceeded, NothingFound, StreamTooLong
from clamgate.clamd.verdicts import Finding, verdict_of
from clamgate.core.verdict import Clean, Infected, Unscanned, Verdict

OVER_OURS = Unscanned("larger than MaxFileSize")
OVER_ITS = Unscanned("larger than clamd's MaxFileSize")


@pytest.mark.parametrize(
    ("whole", "looked_at", "verdict"),
    [
        (True, True, Clean()),
        (False, True, OVER_OURS),
        (True, False, OVER_ITS),
        (False, False, OVER_ITS),
    ],
)
def test_ok_is_clean_only_if_all_of_it_was_looked_at(
    whole: bool,  # noqa: FBT001  a table's column
    looked_at: bool,  # noqa: FBT001
    verdict: Verdict,
) -> None:
    assert verdict_of(NothingFound(), whole=whole, looked_at=looked_at) == verdict


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("looked_at", [True, False])
@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Found("Eicar"), Infected(("Eicar",))),
        (
            LimitExceeded("MaxRecursion"),
            Unscanned("over clamd's MaxRecursion", "Heuristics.Limits.Exceeded.MaxRecursion"),
        ),
        (StreamTooLong(), Unscanned("larger than clamd's StreamMaxLength")),
    ],
)
def test_the_other_answers_stand_for_themselves(
    answer: Finding,
    verdict: Verdict,
    whole: bool,  # noqa: FBT001
    looked_at: bool,  # noqa: FBT001
) -> None:
    assert verdict_of(answer, whole=whole, looked_at=looked_at) == verdict
