"""What becomes of a message once it has a verdict. Pure: same values in, same decision out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from clamgate.core.combining import combine, is_severer
from clamgate.core.decision import (
    Decision,
    DeleteRecipient,
    Disposition,
    Edit,
    Excepted,
    Share,
    Strips,
)
from clamgate.core.envelope import Client, Envelope, Message
from clamgate.core.matching import (
    Case,
    case_of_the_rest,
    first_match,
    kind_of,
    make_case,
    mismatch,
)
from clamgate.core.parts import FoundPart
from clamgate.core.rules import Action, Kind, Rules
from clamgate.core.storing import Kept
from clamgate.core.treatment import (
    QUARANTINE_REASON,
    Choice,
    Instead,
    banned_by,
    edits_for,
    reason_for,
    reply_to,
    worst_of,
)
from clamgate.core.verdict import Clean, Failed, Infected, Verdict

_DISPOSITIONS = {
    Action.ACCEPT: Disposition.ACCEPT,
    Action.REJECT: Disposition.REJECT,
    Action.DEFER: Disposition.DEFER,
    Action.BLACKHOLE: Disposition.BLACKHOLE,
    Action.QUARANTINE: Disposition.QUARANTINE,
    Action.TAG: Disposition.ACCEPT,
    Action.STORE: Disposition.BLACKHOLE,
    Action.STRIP: Disposition.ACCEPT,
}


def decide(
    verdict: Verdict,
    message: Message,
    rules: Rules,
    now: float = 0.0,
    *,
    unstrippable: str = "",
) -> Decision:
    """Turn a verdict into what the MTA is told.

    Args:
        verdict: What the scan said.
        message: What is known of the message.
        rules: The conf's.
        now: Seconds since 1970, for exceptions that end.
        unstrippable: Why nothing can be taken out of it, for people; empty if that was not tried.
    """
    recipients = message.envelope.recipients
    rest = verdict.rest if isinstance(verdict, Infected) else None
    kinds = {kind_of(one) for one in (verdict, rest) if one is not None}
    each = () if rules.each_recipient.isdisjoint(kinds) else recipients
    cases = [make_case(verdict, message, one, rules, now) for one in each or (None,)]
    choices = [_severest(case, rules, now, unstrippable) for case in cases]
    first = choices[0]
    if all(one.rule is first.rule and one.case.verdict == first.case.verdict for one in choices):
        return _for_all(first, choices, rules)
    return _for_each(choices, message, rules)


def usual_decision(rules: Rules) -> Decision | None:
    """Return what becomes of clean mail, if that is the same for all that has no field of ours.

    Nearly all mail is such mail. None if any rule may make a difference, or something is kept.
    """
    if len(rules.by_kind[Kind.CLEAN]) > 1 or rules.on_clean is Action.TAG:
        return None
    decision = decide(Clean(), Message(Envelope(Client(""))), rules)
    return None if decision.kept else decision


def decide_unkept(reason: str, rules: Rules) -> Decision:
    """Say what becomes of a message that must not pass as it is, and cannot be treated as it must.

    It could not be stored, or the MTA refused an edit. OnFail says what becomes of it, but nothing
    is accepted: what is wrong with it is known, and OnFail Accept is for mail of which nothing is.
    """
    decision = decide(Failed(reason), Message(Envelope(Client(""))), rules)
    if decision.disposition is Disposition.ACCEPT:
        return Decision(Disposition.DEFER, rule=f"{decision.rule}, but not accepted: Defer")
    return replace(decision, edits=())


def is_fit(verdict: Verdict, message: Message, rules: Rules, now: float = 0.0) -> bool:
    """Whether a message from which parts were taken out may be delivered: no rule is against it.

    Args:
        verdict: What a scan says of what is left.
        message: What is known of the message, and of what is left in it.
        rules: The conf's.
        now: Seconds since 1970, for exceptions that end.
    """
    cases = (
        make_case(verdict, message, recipient, rules, now)
        for recipient in message.envelope.recipients or (None,)
    )
    return all(isinstance(case.verdict, Clean) and _may_be_had(case, rules) for case in cases)


def _severest(case: Case, rules: Rules, now: float, unstrippable: str) -> Choice:
    """Decide for what was found and for what was not looked at, if there is both."""
    choice = _choose(case, rules, unstrippable)
    rest = case_of_the_rest(case, rules, now)
    if rest is None:
        return choice
    of_rest = _choose(rest, rules, unstrippable)
    return of_rest if is_severer(of_rest.action, choice.action) else choice


def _choose(case: Case, rules: Rules, unstrippable: str) -> Choice:
    rule = first_match(case, rules)
    if not unstrippable or rule.action is not Action.STRIP:
        return Choice(case, rule)
    name = f"OnUnstrippable {rules.on_unstrippable.value}"
    place = rules.places.get("OnUnstrippable")
    instead = Instead(rules.on_unstrippable, unstrippable, f"{name} [{place}]" if place else name)
    return Choice(case, rule, instead)


def _for_all(choice: Choice, choices: Sequence[Choice], rules: Rules) -> Decision:
    """Return the decision for a message that fares the same for all of its recipients."""
    case, action = choice.case, choice.action
    headers, recipients = case.message.headers, case.message.envelope.recipients
    disposition = _DISPOSITIONS[action]
    return Decision(
        disposition=disposition,
        edits=edits_for((choice,), headers, rules) if _edited(action, case.verdict) else (),
        reply=reply_to(choice, rules),
        reason=_hold_reason(choice) if disposition is Disposition.QUARANTINE else "",
        rule=str(choice),
        kept=tuple(
            Kept(recipient, action, str(choice), reason_for(choice))
            for recipient in (recipients or (b"",))
            if _keeps(action, case.verdict, rules)
        ),
        verdict=case.verdict,
        excepted=_excepted(choices),
        ruled=choice.rule in rules.ahead or choice.rule.action is Action.STRIP,
        strips=_strips(choices, rules),
        banned=banned_by(choice),
    )


def _for_each(choices: Sequence[Choice], message: Message, rules: Rules) -> Decision:
    """Return the decision for a message that does not fare the same for all."""
    recipients = message.envelope.recipients
    outcome = combine([choice.action for choice in choices])
    shares = tuple(
        Share(recipient, choice.action, action, str(choice))
        for recipient, choice, action in zip(recipients, choices, outcome.each, strict=True)
    )
    served = [choice for choice in choices if choice.action.delivers]
    worst = worst_of(choice.case.verdict for choice in choices)
    edits: tuple[Edit, ...] = ()
    if _edited(outcome.whole, worst):
        edits = edits_for(served or choices, message.headers, rules)
    if served:
        removed = dict.fromkeys(one.recipient for one in shares if not one.outcome.delivers)
        edits += tuple(map(DeleteRecipient, removed))
    disposition = _DISPOSITIONS[outcome.whole]
    return Decision(
        disposition=disposition,
        edits=edits,
        reply=reply_to(choices[0], rules) if not served else None,
        reason=_hold_reason(choices[0]) if disposition is Disposition.QUARANTINE else "",
        rule="; ".join(dict.fromkeys(share.rule for share in shares)),
        kept=tuple(
            Kept(share.recipient, share.action, share.rule, reason_for(choice))
            for share, choice in zip(shares, choices, strict=True)
            if _keeps(share.outcome, choice.case.verdict, rules)
        ),
        verdict=worst,
        excepted=_excepted(choices),
        ruled=True,
        strips=_strips(choices, rules),
        banned=next(filter(None, map(banned_by, choices)), None),
        shares=shares,
    )


def _edited(action: Action, verdict: Verdict) -> bool:
    """Whether a message is edited: also one that is then refused, but none that nobody can see."""
    return action is not Action.STORE and (action.delivers or not isinstance(verdict, Failed))


def _keeps(action: Action, verdict: Verdict, rules: Rules) -> bool:
    """Whether a copy is stored. Of what could not be scanned there is none: it may not be whole."""
    if action is Action.STORE:
        return True
    kept = rules.keep_copy and action in (Action.REJECT, Action.BLACKHOLE, Action.STRIP)
    return kept and not isinstance(verdict, Failed)


def _may_be_had(case: Case, rules: Rules) -> bool:
    rule = first_match(case, rules)
    return rule not in rules.ahead or rule.action.leaves_whole


def _strips(choices: Iterable[Choice], rules: Rules) -> Strips | None:
    """Return all that is to be taken out for any recipient: a message has one body for all."""
    stripping = [choice for choice in choices if choice.action is Action.STRIP]
    if not stripping:
        return None
    parts = (part for choice in stripping for part in _not_to_be_attached(choice.case, rules))
    return Strips(
        rule="; ".join(dict.fromkeys(choice.rule.name for choice in stripping)),
        parts=tuple({part.sha256: part for part in parts}.values()),
        signatures=tuple(dict.fromkeys(name for one in stripping for name in one.case.signatures)),
    )


def _not_to_be_attached(case: Case, rules: Rules) -> Iterator[FoundPart]:
    """Yield the parts that rules strip for what they are, whether or not something was found."""
    clean = replace(case, verdict=Clean())
    for rule in rules.ahead:
        files = rule.when.files
        if rule.action is Action.STRIP and files and mismatch(rule.when, clean) is None:
            yield from (file.part for file in files.all_in(case.message.contents))


def _hold_reason(choice: Choice) -> str:
    return choice.rule.texts.reason or QUARANTINE_REASON


def _excepted(choices: Sequence[Choice]) -> tuple[Excepted, ...]:
    found = {
        Excepted(signature, str(exception)): None
        for choice in choices
        for signature, exception in choice.case.excepted
    }
    return tuple(found)
