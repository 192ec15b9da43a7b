from __future__ import annotations

from tests.core.policies import CLASSES, message, people, rule

from clamgate.core.explaining import explain
from clamgate.core.policy import decide
from clamgate.core.rules import Action, Rules
from clamgate.core.verdict import Infected


def test_the_rule_that_decides_and_those_before_it() -> None:
    others = rule(Action.TAG, recipients=people("c@y.example"))
    phishing = rule(Action.REJECT, classes=frozenset({"phishing"}))
    rules = Rules(ahead=(others, phishing), classes=CLASSES)
    verdict = Infected(("A.Phishing.B",))
    found = explain(verdict, message("b@y.example"), b"<b@y.example>", rules, 0.0)
    assert [(one, failing) for one, failing in found.passed_over[:1]] == [(others, "to")]
    assert found.rule is phishing
    assert found.case.classes == ("phishing",)
    assert decide(verdict, message("b@y.example"), rules).rule == str(phishing)
