"""The rules: who is not scanned at all, and what becomes of a message once it has a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from clamgate.core.decision import (
    AddHeader,
    Decision,
    DeleteHeader,
    Disposition,
    Edit,
    InsertHeader,
    Reply,
)
from clamgate.core.envelope import Client, Envelope, HeaderFacts, Message
from clamgate.core.rules import Action, HeaderMode, Rules
from clamgate.core.settings import Exclusions, Pattern
from clamgate.core.storing import Kept
from clamgate.core.subject import tag_subjects
from clamgate.core.verdict import Clean, Empty, Failed, Infected, Unscanned, Verdict

SCANNED = "X-Virus-Scanned"
STATUS = "X-Virus-Status"

QUARANTINE_REASON = "quarantined by clamav-milter"

_DISPOSITIONS = {
    Action.ACCEPT: Disposition.ACCEPT,
    Action.REJECT: Disposition.REJECT,
    Action.DEFER: Disposition.DEFER,
    Action.BLACKHOLE: Disposition.BLACKHOLE,
    Action.QUARANTINE: Disposition.QUARANTINE,
    Action.TAG: Disposition.ACCEPT,
    Action.STORE: Disposition.BLACKHOLE,
}


def exempt_client(client: Client, exclusions: Exclusions) -> str | None:
    """Say why nothing from this client is scanned, or None if it is."""
    if client.local:
        return "local mail (LocalNet local)" if exclusions.local else None
    if client.address is None:
        return None
    address = getattr(client.address, "ipv4_mapped", None) or client.address
    for network in exclusions.networks:
        if address.version == network.version and address in network:
            return f"client in LocalNet {network}"
    return None


def exempt_sender(
    reverse_path: bytes, auth_name: bytes | None, exclusions: Exclusions
) -> str | None:
    """Say why mail of this sender is not scanned, or None if it is."""
    if auth_name:
        if auth_name.lower() in exclusions.auth_names:
            return "authenticated user listed in SkipAuthenticated"
        if exclusions.auth_pattern and exclusions.auth_pattern.search(auth_name):
            return "authenticated user matches SkipAuthenticated"
    if _matches_any(exclusions.senders, reverse_path):
        return "sender in AllowList"
    return None


def exempt_recipients(recipients: Iterable[bytes], exclusions: Exclusions) -> str | None:
    """Say why mail to exactly these recipients is not scanned, or None if it is.

    One recipient that is not in the AllowList is enough for a message to be scanned.
    """
    if not exclusions.recipients:
        return None
    asked = list(recipients)
    if asked and all(_matches_any(exclusions.recipients, one) for one in asked):
        return "all recipients in AllowList"
    return None


def decide(verdict: Verdict, message: Message, rules: Rules) -> Decision:
    """Turn a verdict into what the MTA is told. Pure: same values in, same decision out."""
    decision = _decide(verdict, message.headers, rules)
    if decision.rule.endswith(Action.STORE.value):
        return replace(decision, kept=_kept(message.envelope.recipients, decision.rule))
    return decision


def decide_unkept(reason: str, rules: Rules) -> Decision:
    """Say what becomes of a message that could not be stored: as OnFail says, but never accepted.

    What is wrong with it is known: OnFail Accept is for mail of which nothing is known.
    """
    decision = decide(Failed(reason), Message(Envelope(Client(""))), rules)
    if decision.disposition is Disposition.ACCEPT:
        return Decision(Disposition.DEFER, rule="OnFail Defer")
    return decision


def _kept(recipients: tuple[bytes, ...], rule: str) -> tuple[Kept, ...]:
    return tuple(Kept(one, Action.STORE, rule, rule) for one in recipients or (b"",))


def _decide(verdict: Verdict, headers: HeaderFacts, rules: Rules) -> Decision:
    match verdict:
        case Empty():
            return _decision("OnClean", rules.on_clean)
        case Clean():
            return _decision("OnClean", rules.on_clean, _status_edits("Clean", headers, rules))
        case Infected():
            return _infected(verdict, headers, rules)
        case Unscanned(reason):
            edits = _status_edits(f"Unscanned ({reason})", headers, rules)
            reply = Reply("552", "5.3.4", f"Message not scanned: {reason}")
            return _decision("OnOversize", rules.on_oversize, edits, reply)
        case Failed():
            return _failed(headers, rules)


def _infected(verdict: Infected, headers: HeaderFacts, rules: Rules) -> Decision:
    status = f"Infected ({verdict.name})"
    if rules.on_infected is not Action.TAG:
        edits = _status_edits(status, headers, rules)
        return _decision("OnInfected", rules.on_infected, edits, _rejection(verdict.name, rules))
    edits = _replace(status, headers, rules)
    if rules.tag_subject:
        edits += tag_subjects(headers.subjects, rules.tag_subject)
    return _decision("OnInfected", Action.TAG, edits)


def _failed(headers: HeaderFacts, rules: Rules) -> Decision:
    """Let a message through only if OnFail says so, and then not with a forged ``Clean`` on it."""
    if rules.on_fail is not Action.ACCEPT:
        return _decision("OnFail", rules.on_fail)
    return _decision(
        "OnFail", rules.on_fail, _status_edits("Unscanned (scan failed)", headers, rules)
    )


def _decision(
    directive: str, action: Action, edits: tuple[Edit, ...] = (), rejection: Reply | None = None
) -> Decision:
    disposition = _DISPOSITIONS[action]
    return Decision(
        disposition=disposition,
        edits=edits,
        reply=rejection if disposition is Disposition.REJECT else None,
        reason=QUARANTINE_REASON if disposition is Disposition.QUARANTINE else "",
        rule=f"{directive} {action.value}",
    )


def _rejection(signature: str, rules: Rules) -> Reply | None:
    if rules.reject_msg is None:
        return None
    return Reply("550", "5.7.1", rules.reject_msg.replace("%v", signature))


def _status_edits(status: str, headers: HeaderFacts, rules: Rules) -> tuple[Edit, ...]:
    match rules.add_header:
        case HeaderMode.NO:
            return ()
        case HeaderMode.REPLACE:
            return _replace(status, headers, rules)
        case HeaderMode.ADD:
            # Both at position 1, so that the second, the status, ends up above the first.
            return (
                InsertHeader(1, SCANNED, rules.scanned_value),
                InsertHeader(1, STATUS, status),
            )


def _replace(status: str, headers: HeaderFacts, rules: Rules) -> tuple[Edit, ...]:
    """Delete the fields of both names from the last up, so that indexes stay true; then append."""
    return (
        *(DeleteHeader(SCANNED, n) for n in range(headers.virus_scanned, 0, -1)),
        *(DeleteHeader(STATUS, n) for n in range(headers.virus_status, 0, -1)),
        AddHeader(SCANNED, rules.scanned_value),
        AddHeader(STATUS, status),
    )


def _matches_any(patterns: Iterable[Pattern], subject: bytes) -> bool:
    return any(pattern.search(subject) for pattern in patterns)
