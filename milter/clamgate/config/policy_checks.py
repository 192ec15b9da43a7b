"""What is wrong or unwise about rules that are right each for itself."""

from __future__ import annotations

from collections.abc import Iterable

from clamgate.config.problems import COMMAND_LINE, Findings, Place, place_of
from clamgate.config.resolve import Values
from clamgate.core.rules import Action, Condition, Kind, Rule, Rules
from clamgate.core.settings import ScanParts

_COPIED = frozenset({Action.REJECT, Action.BLACKHOLE, Action.STRIP})
_NOWHERE = "has nowhere to store: set QuarantineDirectory"


def check_rules(rules: Rules, values: Values, findings: Findings) -> None:
    """Note all that is wrong with the rules taken together.

    Args:
        rules: All of them.
        values: The directives they are from.
        findings: Told of it.
    """
    if values.missing("QuarantineDirectory"):
        _nowhere_to_store(rules, values, findings)
    if values["ScanParts"] is ScanParts.NEVER:
        _without_parts(rules, findings)
    _without_effect(rules, values, findings)
    _never_reached(rules.ahead, findings)


def _nowhere_to_store(rules: Rules, values: Values, findings: Findings) -> None:
    storing = [rule for rule in rules.ordered if rule.action is Action.STORE]
    for rule in storing:
        findings.error(place_of(rule.place), f"{rule.name} {_NOWHERE}")
    if rules.on_unstrippable is Action.STORE:
        place = values.place("OnUnstrippable") or COMMAND_LINE
        findings.error(place, f"OnUnstrippable Store {_NOWHERE}")
    if rules.keep_copy:
        findings.error(values.place("KeepCopy") or COMMAND_LINE, f"KeepCopy {_NOWHERE}")
    if not storing and rules.may_remove_recipients:
        findings.error(
            _where_recipients_differ(rules),
            "what is for some recipients only is stored for those who may not have it, and there"
            " is nowhere to store: set QuarantineDirectory",
        )


def _without_parts(rules: Rules, findings: Findings) -> None:
    for rule in rules.ordered:
        if rule.action is Action.STRIP and rule.when.files is None:
            findings.error(
                place_of(rule.place),
                f"{rule.name} needs to know the part that something is in: set ScanParts Auto",
            )


def _where_recipients_differ(rules: Rules) -> Place:
    named = [rule.place for rule in rules.ahead if rule.when.recipients is not None]
    named += [one.place for one in rules.exceptions if one.recipients is not None]
    return place_of(named[0])


def _without_effect(rules: Rules, values: Values, findings: Findings) -> None:
    """Warn of texts for an action that nothing asks for."""
    infected = {
        action for rule in rules.by_kind[Kind.INFECTED] for action in rules.actions_of(rule)
    }
    if (place := values.place("RejectMsg")) and Action.REJECT not in infected:
        findings.warn(place, "RejectMsg has no effect without `OnInfected Reject`: set that too")
    actions = {action for rule in rules.ordered for action in rules.actions_of(rule)}
    for name in ("TagSubject", "TagHeader"):
        if (place := values.place(name)) and Action.TAG not in actions:
            findings.warn(place, f"{name} has no effect without `OnInfected Tag`: set that too")
    place = values.place("KeepCopy")
    if place and rules.keep_copy and not actions & _COPIED:
        findings.warn(place, "KeepCopy has no effect: nothing is rejected, blackholed or stripped")
    if (place := values.place("OnUnstrippable")) and not rules.may_strip:
        findings.warn(place, "OnUnstrippable has no effect: no rule says Strip")


def _never_reached(rules: Iterable[Rule], findings: Findings) -> None:
    """Warn of a rule that can never decide: another with the same condition stands before it."""
    seen: dict[Condition, Rule] = {}
    for rule in rules:
        earlier = seen.setdefault(rule.when, rule)
        if earlier is not rule:
            findings.warn(
                place_of(rule.place), f"{rule.name} is never reached: {earlier} comes first"
            )
