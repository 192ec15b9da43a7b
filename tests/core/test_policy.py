from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from clamgate.core.decision import (
    AddHeader,
    ChangeHeader,
    Decision,
    DeleteHeader,
    Disposition,
    InsertHeader,
    Reply,
)
from clamgate.core.envelope import Client, Envelope, HeaderFacts, Message
from clamgate.core.policy import decide, exempt_client, exempt_recipients, exempt_sender
from clamgate.core.rules import Action, HeaderMode, Rules
from clamgate.core.settings import Exclusions
from clamgate.core.verdict import Clean, Empty, Failed, Infected, Unscanned, Verdict

EICAR = Infected(("Eicar-Test-Signature",))
OVERSIZE = Unscanned("larger than MaxFileSize")
PLAIN = Message(Envelope(Client("")))
BY = "clamav-milter x at mail.example"


def with_headers(**facts: Any) -> Message:
    return Message(Envelope(Client("")), HeaderFacts(**facts))


@pytest.mark.parametrize(
    ("action", "disposition"),
    [
        (Action.ACCEPT, Disposition.ACCEPT),
        (Action.REJECT, Disposition.REJECT),
        (Action.DEFER, Disposition.DEFER),
        (Action.BLACKHOLE, Disposition.BLACKHOLE),
        (Action.QUARANTINE, Disposition.QUARANTINE),
    ],
)
@pytest.mark.parametrize(
    ("verdict", "directive"),
    [(Clean(), "on_clean"), (EICAR, "on_infected"), (OVERSIZE, "on_oversize")],
)
def test_each_verdict_has_its_directive(
    verdict: Verdict, directive: str, action: Action, disposition: Disposition
) -> None:
    others = {"on_clean", "on_infected", "on_fail", "on_oversize"} - {directive}
    wrong = Action.DEFER if action is not Action.DEFER else Action.REJECT
    rules = Rules(**{directive: action}, **dict.fromkeys(others, wrong))  # type: ignore[arg-type]
    decision = decide(verdict, PLAIN, rules)
    assert decision.disposition is disposition
    assert decision.edits == ()
    word = {"on_clean": "OnClean", "on_infected": "OnInfected", "on_oversize": "OnOversize"}
    assert decision.rule == f"{word[directive]} {action.value}"


def test_the_default_rules_are_those_of_clamav_milter() -> None:
    rules = Rules()
    assert decide(Clean(), PLAIN, rules).disposition is Disposition.ACCEPT
    assert decide(EICAR, PLAIN, rules).disposition is Disposition.QUARANTINE
    assert decide(EICAR, PLAIN, rules).reason == "quarantined by clamav-milter"
    assert decide(Failed("no clamd"), PLAIN, rules).disposition is Disposition.DEFER


def test_a_failed_scan_is_let_through_only_by_on_fail_and_never_as_clean() -> None:
    forged = with_headers(virus_status=1)
    lenient = Rules(
        on_clean=Action.REJECT,
        on_fail=Action.ACCEPT,
        add_header=HeaderMode.REPLACE,
        scanned_value=BY,
    )
    assert decide(Failed("no clamd"), forged, lenient) == Decision(
        Disposition.ACCEPT,
        (
            DeleteHeader("X-Virus-Status", 1),
            AddHeader("X-Virus-Scanned", BY),
            AddHeader("X-Virus-Status", "Unscanned (scan failed)"),
        ),
        rule="OnFail Accept",
    )
    strict = Rules(on_clean=Action.ACCEPT, add_header=HeaderMode.REPLACE, scanned_value=BY)
    assert decide(Failed("no clamd"), forged, strict) == Decision(
        Disposition.DEFER, rule="OnFail Defer"
    )


def test_an_empty_message_counts_as_clean_but_gets_no_header() -> None:
    rules = Rules(on_clean=Action.QUARANTINE, add_header=HeaderMode.REPLACE, scanned_value=BY)
    decision = decide(Empty(), PLAIN, rules)
    assert (decision.disposition, decision.edits) == (Disposition.QUARANTINE, ())


def test_replace_deletes_the_fields_of_others_from_the_last_up_then_appends() -> None:
    rules = Rules(add_header=HeaderMode.REPLACE, scanned_value=BY)
    decision = decide(Clean(), with_headers(virus_scanned=2, virus_status=1), rules)
    assert decision.edits == (
        DeleteHeader("X-Virus-Scanned", 2),
        DeleteHeader("X-Virus-Scanned", 1),
        DeleteHeader("X-Virus-Status", 1),
        AddHeader("X-Virus-Scanned", BY),
        AddHeader("X-Virus-Status", "Clean"),
    )


def test_add_inserts_both_below_our_received_line_and_leaves_others_alone() -> None:
    rules = Rules(add_header=HeaderMode.ADD, scanned_value=BY, on_infected=Action.REJECT)
    decision = decide(EICAR, with_headers(virus_scanned=2, virus_status=1), rules)
    assert decision.edits == (
        InsertHeader(1, "X-Virus-Scanned", BY),
        InsertHeader(1, "X-Virus-Status", "Infected (Eicar-Test-Signature)"),
    )


def test_unscanned_is_never_called_clean() -> None:
    rules = Rules(add_header=HeaderMode.REPLACE, scanned_value=BY)
    decision = decide(OVERSIZE, PLAIN, rules)
    assert decision.disposition is Disposition.ACCEPT
    assert decision.edits[-1] == AddHeader("X-Virus-Status", "Unscanned (larger than MaxFileSize)")


def test_an_oversize_refusal_says_why() -> None:
    decision = decide(OVERSIZE, PLAIN, Rules(on_oversize=Action.REJECT))
    assert decision.reply == Reply("552", "5.3.4", "Message not scanned: larger than MaxFileSize")


def test_reject_msg_names_the_signature_and_is_used_for_infected_only() -> None:
    rules = Rules(
        on_clean=Action.REJECT, on_infected=Action.REJECT, reject_msg="Virus %v, 100% sure"
    )
    assert decide(EICAR, PLAIN, rules).reply == Reply(
        "550", "5.7.1", "Virus Eicar-Test-Signature, 100% sure"
    )
    assert decide(Clean(), PLAIN, rules).reply is None


def test_without_reject_msg_the_text_is_the_mtas() -> None:
    assert decide(EICAR, PLAIN, Rules(on_infected=Action.REJECT)).reply is None


def test_no_other_action_carries_a_reply() -> None:
    rules = Rules(on_infected=Action.DEFER, reject_msg="Virus %v")
    assert decide(EICAR, PLAIN, rules).reply is None


def test_tag_delivers_with_the_status_even_without_add_header_and_marks_the_subject() -> None:
    rules = Rules(on_infected=Action.TAG, tag_subject="[VIRUS] ", scanned_value=BY)
    facts = with_headers(subjects=(b"Invoice",), virus_status=1)
    assert decide(EICAR, facts, rules) == Decision(
        Disposition.ACCEPT,
        (
            DeleteHeader("X-Virus-Status", 1),
            AddHeader("X-Virus-Scanned", BY),
            AddHeader("X-Virus-Status", "Infected (Eicar-Test-Signature)"),
            ChangeHeader("Subject", 1, "[VIRUS] Invoice"),
        ),
        rule="OnInfected Tag",
    )


NETS = Exclusions(networks=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")), local=True)


@pytest.mark.parametrize(
    ("client", "excluded"),
    [
        (Client("a", ip_address("192.0.2.7")), True),
        (Client("a", ip_address("::ffff:192.0.2.7")), True),
        (Client("a", ip_address("192.0.3.7")), False),
        (Client("a", ip_address("2001:db8::1")), True),
        (Client("a", ip_address("2001:db9::1")), False),
        (Client("localhost", local=True), True),
        (Client("localhost"), False),
    ],
)
def test_local_net(client: Client, excluded: bool) -> None:  # noqa: FBT001  a parameter of the table
    assert (exempt_client(client, NETS) is not None) is excluded


def test_local_mail_is_scanned_unless_local_net_local() -> None:
    assert exempt_client(Client("localhost", local=True), Exclusions()) is None


ALLOW = Exclusions(
    senders=(re.compile(rb"<boss@example\.com>", re.IGNORECASE),),
    recipients=(re.compile(rb"@trusted\.example>", re.IGNORECASE),),
    auth_pattern=re.compile(rb"^(tom|dick)$", re.IGNORECASE),
    auth_names=frozenset({b"harry"}),
)


@pytest.mark.parametrize(
    ("path", "auth", "excluded"),
    [
        (b"<boss@example.com>", None, True),
        (b"<BOSS@example.com>", None, True),
        (b"<bossy@example.com>", None, False),
        (b"<>", None, False),
        (b"<x@y>", b"Tom", True),
        (b"<x@y>", b"tomas", False),
        (b"<x@y>", b"harry", True),
        (b"<x@y>", b"Harry", True),
        (b"<x@y>", b"", False),
    ],
)
def test_senders(path: bytes, auth: bytes | None, excluded: bool) -> None:  # noqa: FBT001  as above
    assert (exempt_sender(path, auth, ALLOW) is not None) is excluded


@pytest.mark.parametrize(
    ("recipients", "excluded"),
    [
        ([b"<a@trusted.example>"], True),
        ([b"<a@trusted.example>", b"<b@Trusted.Example>"], True),
        ([b"<a@trusted.example>", b"<b@other.example>"], False),
        ([], False),
    ],
)
def test_recipients_must_all_be_allowed(
    recipients: list[bytes],
    excluded: bool,  # noqa: FBT001  as above
) -> None:
    assert (exempt_recipients(recipients, ALLOW) is not None) is excluded
