from __future__ import annotations

from dataclasses import replace

from tests.core.policies import CLASSES, message, people, rule

from clamgate.core.contents import AttachedFile, Contents, FileCondition, FilePattern
from clamgate.core.decision import Reply
from clamgate.core.explaining import explain
from clamgate.core.parts import FoundPart
from clamgate.core.policy import decide
from clamgate.core.rules import Action, Kind, Rules
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


def test_a_signature_that_is_allowed_and_a_file_that_is_not() -> None:
    part = FoundPart("2", ("a.exe",), "", "", 9, "ab")
    contents = Contents((AttachedFile(("a.exe",), (), part),))
    allowed = rule(Action.TAG, classes=frozenset({"phishing"}))
    files = FileCondition((FilePattern("*.exe"),))
    banned = rule(Action.REJECT, kinds=frozenset({Kind.CLEAN}), files=files)
    rules = Rules(ahead=(allowed, banned), classes=CLASSES)
    of = replace(message("b@y.example"), contents=contents)
    found = explain(Infected(("A.Phishing.B",)), of, b"<b@y.example>", rules, 0.0)
    assert (found.rule, found.overruled) == (banned, allowed)
    decision = decide(Infected(("A.Phishing.B",)), of, rules)
    assert decision.rule == str(banned)
    assert decision.banned == contents.files[0]
    assert decision.reply == Reply("550", "5.7.1", "Attachment not accepted: a.exe")
