"""Why a rule decides, for people: every rule that was asked, and what kept it from applying."""

from __future__ import annotations

from dataclasses import dataclass

from clamgate.core.envelope import Message
from clamgate.core.matching import Case, make_case, mismatch, overruling
from clamgate.core.rules import Rule, Rules
from clamgate.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """How it came to the rule that decides for one recipient.

    Attributes:
        case: The recipient's case.
        passed_over: The rules before it, in their order, each with the name of the first of its
            conditions that does not hold.
        rule: The one that decides.
        overruled: The one that would have delivered what was found, if that one decides in its
            place because of what is attached.
    """

    case: Case
    passed_over: tuple[tuple[Rule, str], ...]
    rule: Rule
    overruled: Rule | None = None


def explain(
    verdict: Verdict, message: Message, recipient: bytes, rules: Rules, now: float
) -> Explanation:
    """Return which rule decides, and why; the arguments are those of `clamgate.core.policy`."""
    case = make_case(verdict, message, recipient, rules, now)
    passed_over: list[tuple[Rule, str]] = []
    for rule in rules.ordered:
        failing = mismatch(rule.when, case)
        if failing is None:
            stricter = overruling(case, rule, rules)
            if stricter is not None:
                return Explanation(case, tuple(passed_over), stricter, rule)
            return Explanation(case, tuple(passed_over), rule)
        passed_over.append((rule, failing))
    raise AssertionError("no last rule for this kind of verdict")
