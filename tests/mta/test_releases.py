from __future__ import annotations

import pytest
from tests.mta.doubles import RecordingObserver

from clamgate.core.decision import AddHeader, Decision, DeleteHeader, Disposition
from clamgate.core.envelope import Client
from clamgate.core.events import Fault
from clamgate.core.releasing import Claim, ReleaseError
from clamgate.mta.releases import admitted, without_claims

CLAIM = Claim(b"token", Client("h"), (b"<a@example.net>",), b"digest")


class Gate:
    """Answers so; keeps what it was asked."""

    def __init__(self, answer: str | Exception | None) -> None:
        self._answer = answer
        self.asked: list[Claim] = []

    def admit(self, claim: Claim) -> str | None:
        self.asked.append(claim)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


@pytest.mark.parametrize("answer", ["261125-x", None])
def test_the_gate_decides(answer: str | None) -> None:
    gate, observer = Gate(answer), RecordingObserver()
    assert admitted(CLAIM, gate, observer) == answer
    assert gate.asked == [CLAIM]
    assert observer.events == []


def test_without_a_claim_or_a_gate_nothing_is_admitted() -> None:
    gate, observer = Gate("261125-x"), RecordingObserver()
    assert admitted(None, gate, observer) is None
    assert admitted(CLAIM, None, observer) is None
    assert gate.asked == []


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ReleaseError("used before"), "used before"),
        (RuntimeError("unforeseen"), "RuntimeError: unforeseen"),
    ],
)
def test_what_goes_wrong_admits_nothing_and_is_told(error: Exception, text: str) -> None:
    observer = RecordingObserver()
    assert admitted(CLAIM, Gate(error), observer) is None
    assert observer.events == [
        Fault("release", f"a field X-Clamgate-Release is not honoured: {text}")
    ]


def test_the_fields_are_taken_off_from_the_last_up_before_all_else() -> None:
    decision = Decision(Disposition.ACCEPT, (AddHeader("X", "y"),))
    assert without_claims(decision, 2).edits == (
        DeleteHeader("X-Clamgate-Release", 2),
        DeleteHeader("X-Clamgate-Release", 1),
        AddHeader("X", "y"),
    )
    assert without_claims(decision, 0) is decision
