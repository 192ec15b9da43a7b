"""Which rule applies: a case, held against conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from clamgate.core.envelope import Message
from clamgate.core.networks import network_of
from clamgate.core.rules import Condition, Kind, Rule, Rules, SignatureException
from clamgate.core.signatures import OTHER, signatures_of
from clamgate.core.verdict import Clean, Empty, Failed, Infected, Unscanned, Verdict


@dataclass(frozen=True, slots=True)
class Case:
    """One message for one recipient, once it has a verdict.

    Attributes:
        verdict: What the scan said, without what was excepted.
        message: What is known of the message.
        recipient: Its path; None if it is of no account.
        outgoing: Whether the message goes out: its client logged in, or is in one of the networks
            that `Rules.inside` names, or it did not come by SMTP.
        signatures: The names that the verdict is about.
        classes: The classes that these are in, in the same order.
        excepted: What was left out of the verdict, each by the exception that did.
    """

    verdict: Verdict
    message: Message
    recipient: bytes | None
    outgoing: bool
    signatures: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    excepted: tuple[tuple[str, SignatureException], ...] = ()

    @property
    def kind(self) -> Kind:
        """What kind of verdict it is."""
        return kind_of(self.verdict)


def kind_of(verdict: Verdict) -> Kind:
    """Return the kind of a verdict. An empty message counts as clean."""
    match verdict:
        case Clean() | Empty():
            return Kind.CLEAN
        case Infected():
            return Kind.INFECTED
        case Unscanned():
            return Kind.OVERSIZE
        case Failed():
            return Kind.FAILED


def make_case(
    verdict: Verdict, message: Message, recipient: bytes | None, rules: Rules, now: float
) -> Case:
    """Return the case of a message, or of one of its recipients; `now` in seconds since 1970."""
    found = signatures_of(verdict)
    excepted = tuple(
        (name, exception)
        for name in found
        if (exception := _exception(name, recipient, rules, now)) is not None
    )
    left = verdict
    if excepted:
        names = {name for name, _ in excepted}
        found = tuple(name for name in found if name not in names)
        left = _without(verdict, found)
    return Case(
        verdict=left,
        message=message,
        recipient=recipient,
        outgoing=is_outgoing(message, rules),
        signatures=found,
        classes=tuple(map(rules.classes.class_of, found)),
        excepted=excepted,
    )


def case_of_the_rest(case: Case, rules: Rules, now: float) -> Case | None:
    """Return the case of what was not looked at in a message in which something harmless was found.

    None if all was looked at, or if malware was found: then it does not matter.
    """
    found = case.verdict
    if not isinstance(found, Infected) or found.rest is None or OTHER in case.classes:
        return None
    rest = make_case(found.rest, case.message, case.recipient, rules, now)
    return replace(rest, excepted=case.excepted + rest.excepted)


def first_match(case: Case, rules: Rules) -> Rule:
    """Return the rule that decides. There is one: the last four are for every kind of verdict."""
    for rule in rules.by_kind[case.kind]:
        if mismatch(rule.when, case) is None:
            return overruling(case, rule, rules) or rule
    raise AssertionError("no last rule for this kind of verdict")


def overruling(case: Case, rule: Rule, rules: Rules) -> Rule | None:
    """Return the rule by which a message is not delivered although what was found in it is allowed.

    A rule that delivers mail with some signature says nothing of what else is attached: that must
    fare as it would without the signature, or whoever adds a harmless one gets any file through.
    """
    if not (case.signatures and rules.guards) or not rule.action.delivers:
        return None
    if rule.when.is_about_contents:
        return None
    allowed = replace(case, verdict=Clean(), signatures=(), classes=())
    return next((guard for guard in rules.guards if mismatch(guard.when, allowed) is None), None)


def mismatch(when: Condition, case: Case) -> str | None:  # noqa: C901, PLR0911  a list of conditions
    """Return the name of the first condition that does not hold, None if all do."""
    envelope = case.message.envelope
    if case.kind not in when.kinds:
        return "verdict"
    if when.classes and when.classes.isdisjoint(case.classes):
        return "class"
    if when.signatures and not any(
        glob.matches(name) for glob in when.signatures for name in case.signatures
    ):
        return "signature"
    if when.senders is not None and not when.senders.holds(envelope.reverse_path):
        return "from"
    if when.recipients is not None and not (
        case.recipient is not None and when.recipients.holds(case.recipient)
    ):
        return "to"
    if when.networks and not (
        envelope.client.address is not None and network_of(envelope.client.address, when.networks)
    ):
        return "client"
    if when.authenticated is not None and when.authenticated is not bool(envelope.auth_name):
        return "authenticated"
    if when.outgoing is not None and when.outgoing is not case.outgoing:
        return "direction"
    if when.larger is not None and case.message.size <= when.larger:
        return "larger"
    if when.smaller is not None and case.message.size >= when.smaller:
        return "smaller"
    if when.files is not None and not when.files.holds(case.message.contents):
        return "attachment"
    if when.ambiguous is not None and when.ambiguous is not bool(case.message.contents.disputed):
        return "ambiguous"
    return None


def is_outgoing(message: Message, rules: Rules) -> bool:
    """Say whether a message comes from one of ours."""
    client = message.envelope.client
    if message.envelope.auth_name or client.local:
        return True
    return bool(client.address is not None and network_of(client.address, rules.inside))


def _exception(
    name: str, recipient: bytes | None, rules: Rules, now: float
) -> SignatureException | None:
    for exception in rules.exceptions:
        if exception.until is not None and now >= exception.until:
            continue
        if exception.recipients is not None and not (
            recipient is not None and exception.recipients.holds(recipient)
        ):
            continue
        if exception.glob.matches(name):
            return exception
    return None


def _without(verdict: Verdict, left: tuple[str, ...]) -> Verdict:
    """Return what a verdict comes to with these signatures only.

    What was not looked at whole stays unscanned: an exception does not make it clean.
    """
    match verdict:
        case Infected(_, rest):
            return Infected(left, rest) if left else rest or Clean()
        case Unscanned():
            return replace(verdict, signature="")
        case _:
            return verdict
