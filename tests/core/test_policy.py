from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.core.policies import CLASSES, message, people, rule

from clamgate.core.contents import AttachedFile, Contents, FileCondition, FilePattern
from clamgate.core.decision import (
    AddHeader,
    ChangeHeader,
    Decision,
    DeleteHeader,
    DeleteRecipient,
    Disposition,
    Excepted,
    InsertHeader,
    Reply,
    Share,
    Strips,
)
from clamgate.core.envelope import Client, Envelope, HeaderFacts, Message
from clamgate.core.parts import FoundPart
from clamgate.core.policy import decide, decide_unkept, is_fit, usual_decision
from clamgate.core.rules import Action, HeaderMode, Kind, Rules, SignatureException, Texts
from clamgate.core.signatures import Glob
from clamgate.core.storing import Kept
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
        verdict=Failed("no clamd"),
    )
    strict = Rules(on_clean=Action.ACCEPT, add_header=HeaderMode.REPLACE, scanned_value=BY)
    assert decide(Failed("no clamd"), forged, strict) == Decision(
        Disposition.DEFER, rule="OnFail Defer", verdict=Failed("no clamd")
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
        verdict=EICAR,
    )


ONE, TWO = b"<one@y.example>", b"<two@y.example>"


def for_two(action: Action, other: Action, **conf: Any) -> Decision:
    """Decide for two recipients: a rule has it one way for the first, OnInfected for the second."""
    ahead = (rule(action, recipients=people("one@y.example")),)
    rules = Rules(ahead=ahead, on_infected=other, scanned_value=BY, **conf)
    return decide(EICAR, message("one@y.example", "two@y.example"), rules)


TAGGED = (
    AddHeader("X-Virus-Scanned", BY),
    AddHeader("X-Virus-Status", "Infected (Eicar-Test-Signature)"),
)
MINE, LAST = "rule {} [p.toml:3]", "OnInfected {}"
WHY = "Infected (Eicar-Test-Signature), malware"


def test_one_gets_it_tagged_and_it_is_stored_for_the_other_who_is_removed() -> None:
    tag, store = MINE.format("Tag"), LAST.format("Store")
    assert for_two(Action.TAG, Action.STORE) == Decision(
        Disposition.ACCEPT,
        (*TAGGED, DeleteRecipient(TWO)),
        rule=f"{tag}; {store}",
        kept=(Kept(TWO, Action.STORE, store, WHY),),
        verdict=EICAR,
        ruled=True,
        shares=(
            Share(ONE, Action.TAG, Action.TAG, tag),
            Share(TWO, Action.STORE, Action.STORE, store),
        ),
    )


def test_a_refusal_for_one_alone_is_handled_as_store() -> None:
    decision = for_two(Action.REJECT, Action.ACCEPT, reject_msg="no %v")
    assert decision.disposition is Disposition.ACCEPT
    assert decision.reply is None
    assert decision.edits == (DeleteRecipient(ONE),)
    assert decision.kept == (Kept(ONE, Action.REJECT, MINE.format("Reject"), WHY),)
    assert decision.shares[0].outcome is Action.STORE


def test_two_refusals_by_different_rules_are_one_refusal() -> None:
    decision = for_two(Action.REJECT, Action.REJECT, reject_msg="no %v")
    assert decision.disposition is Disposition.REJECT
    assert decision.reply == Reply("550", "5.7.1", "no Eicar-Test-Signature")
    assert decision.kept == ()
    assert {share.outcome for share in decision.shares} == {Action.REJECT}


def test_if_nobody_gets_it_and_they_differ_it_is_stored_for_all_and_taken() -> None:
    decision = for_two(Action.REJECT, Action.BLACKHOLE)
    assert (decision.disposition, decision.edits) == (Disposition.BLACKHOLE, ())
    assert [kept.recipient for kept in decision.kept] == [ONE, TWO]


def test_where_the_rules_agree_nothing_is_said_of_recipients() -> None:
    ahead = (rule(Action.REJECT, recipients=people("nobody@y.example")),)
    rules = Rules(ahead=ahead, on_infected=Action.ACCEPT)
    decision = decide(EICAR, message("one@y.example", "two@y.example"), rules)
    assert decision == Decision(Disposition.ACCEPT, rule="OnInfected Accept", verdict=EICAR)


def test_a_recipient_given_twice_is_removed_once() -> None:
    ahead = (rule(Action.STORE, recipients=people("one@y.example")),)
    rules = Rules(ahead=ahead, on_infected=Action.ACCEPT)
    recipients = ("one@y.example", "two@y.example", "one@y.example")
    assert decide(EICAR, message(*recipients), rules).edits == (DeleteRecipient(ONE),)


def test_an_exception_for_one_of_two() -> None:
    exception = SignatureException(
        Glob("Eicar*"), recipients=people("one@y.example"), name="ExceptSignature Eicar*"
    )
    rules = Rules(exceptions=(exception,), on_infected=Action.REJECT)
    decision = decide(EICAR, message("one@y.example", "two@y.example"), rules)
    assert decision.disposition is Disposition.ACCEPT
    assert decision.edits == (DeleteRecipient(TWO),)
    assert decision.rule == "OnClean Accept; OnInfected Reject"
    assert decision.verdict == EICAR
    assert decision.excepted == (Excepted("Eicar-Test-Signature", "ExceptSignature Eicar*"),)


def test_a_hit_that_is_wholly_excepted_is_clean_for_the_rules() -> None:
    rules = Rules(
        exceptions=(SignatureException(Glob("Eicar*"), until=100.0),),
        on_infected=Action.REJECT,
        add_header=HeaderMode.REPLACE,
        scanned_value=BY,
    )
    decision = decide(EICAR, PLAIN, rules, now=99.0)
    assert (decision.disposition, decision.rule) == (Disposition.ACCEPT, "OnClean Accept")
    assert decision.edits[-1] == AddHeader("X-Virus-Status", "Clean")
    assert decision.verdict == Clean()
    assert decide(EICAR, PLAIN, rules, now=100.0).disposition is Disposition.REJECT


@pytest.mark.parametrize(
    ("action", "kept"),
    [
        (Action.REJECT, True),
        (Action.BLACKHOLE, True),
        (Action.STRIP, True),
        (Action.STORE, True),
        (Action.DEFER, False),
        (Action.QUARANTINE, False),
        (Action.ACCEPT, False),
        (Action.TAG, False),
    ],
)
def test_a_copy_of_what_is_refused_or_disappears(action: Action, kept: bool) -> None:  # noqa: FBT001  a parameter of the table
    rules = Rules(on_infected=action, keep_copy=True)
    decision = decide(EICAR, message("one@y.example", "two@y.example"), rules)
    wanted = tuple(Kept(one, action, f"OnInfected {action.value}", WHY) for one in (ONE, TWO))
    assert decision.kept == (wanted if kept else ())


def test_of_what_could_not_be_scanned_no_copy_is_kept() -> None:
    rules = Rules(on_fail=Action.REJECT, keep_copy=True)
    assert decide(Failed("x"), PLAIN, rules).kept == ()


def test_a_store_without_recipients_is_stored_all_the_same() -> None:
    decision = decide(EICAR, PLAIN, Rules(on_infected=Action.STORE))
    assert [kept.recipient for kept in decision.kept] == [b""]


def test_a_rule_in_front_says_so_and_where_it_is() -> None:
    decision = decide(EICAR, PLAIN, Rules(ahead=(rule(Action.QUARANTINE),)))
    assert (decision.rule, decision.ruled) == ("rule Quarantine [p.toml:3]", True)
    assert decision.reason == "quarantined by clamav-milter"
    own = rule(Action.QUARANTINE, Texts(reason="held for a look"))
    assert decide(EICAR, PLAIN, Rules(ahead=(own,))).reason == "held for a look"


@pytest.mark.parametrize(
    ("on_fail", "disposition", "words"),
    [
        (Action.DEFER, Disposition.DEFER, "OnFail Defer"),
        (Action.REJECT, Disposition.REJECT, "OnFail Reject"),
        (Action.ACCEPT, Disposition.DEFER, "OnFail Accept, but not accepted: Defer"),
        (Action.TAG, Disposition.DEFER, "OnFail Tag, but not accepted: Defer"),
    ],
)
def test_what_must_not_pass_as_it_is(on_fail: Action, disposition: Disposition, words: str) -> None:
    decision = decide_unkept("disk full", Rules(on_fail=on_fail))
    assert (decision.disposition, decision.rule, decision.edits) == (disposition, words, ())


@pytest.mark.parametrize(
    ("decision", "harmless"),
    [
        (Decision(Disposition.ACCEPT, verdict=Clean()), True),
        (Decision(Disposition.ACCEPT, verdict=OVERSIZE), True),
        (Decision(Disposition.ACCEPT, verdict=EICAR), False),
        (Decision(Disposition.QUARANTINE, verdict=Clean()), False),
        (Decision(Disposition.ACCEPT, (DeleteRecipient(ONE),), verdict=Clean()), False),
    ],
)
def test_what_might_be_delivered_without_edits(decision: Decision, harmless: bool) -> None:  # noqa: FBT001  as above
    assert decision.harmless is harmless


STRIPPED = (
    AddHeader("X-Virus-Scanned", BY),
    AddHeader("X-Virus-Status", "Stripped (Eicar-Test-Signature)"),
)
NOT_CLEAR = "its structure can be read in several ways"


def test_strip_delivers_without_what_was_found_and_says_so() -> None:
    rules = Rules(on_infected=Action.STRIP, add_header=HeaderMode.REPLACE, scanned_value=BY)
    assert decide(EICAR, PLAIN, rules) == Decision(
        Disposition.ACCEPT,
        STRIPPED,
        rule="OnInfected Strip",
        verdict=EICAR,
        ruled=True,
        strips=Strips("OnInfected Strip", ("Eicar-Test-Signature",)),
    )
    assert decide(EICAR, PLAIN, Rules(on_infected=Action.STRIP)).edits == ()
    assert decide(Clean(), PLAIN, rules).strips is None


def test_where_it_cannot_be_done_the_other_action_counts() -> None:
    rules = Rules(
        on_infected=Action.STRIP,
        reject_msg="no %v",
        places={"OnInfected": "a.conf:7", "OnUnstrippable": "a.conf:9"},
    )
    decision = decide(EICAR, PLAIN, rules, unstrippable=NOT_CLEAR)
    assert (decision.disposition, decision.strips) == (Disposition.REJECT, None)
    assert decision.reply == Reply("550", "5.7.1", "no Eicar-Test-Signature")
    assert decision.ruled
    assert decision.rule == (
        "OnInfected Strip [a.conf:7], but its structure can be read in several ways:"
        " OnUnstrippable Reject [a.conf:9]"
    )


@pytest.mark.parametrize("action", [one for one in Action if one is not Action.STRIP])
def test_any_action_can_stand_in_for_strip(action: Action) -> None:
    rules = Rules(
        on_infected=Action.STRIP,
        on_unstrippable=action,
        add_header=HeaderMode.REPLACE,
        scanned_value=BY,
    )
    decision = decide(EICAR, PLAIN, rules, unstrippable=NOT_CLEAR)
    alike = decide(EICAR, PLAIN, replace(rules, on_infected=action))
    assert (decision.disposition, decision.reply) == (alike.disposition, alike.reply)
    assert (decision.edits, decision.reason) == (alike.edits, alike.reason)
    assert [one.action for one in decision.kept] == [one.action for one in alike.kept]


def test_what_cannot_be_stripped_has_no_bearing_on_other_rules() -> None:
    rules = Rules(on_infected=Action.TAG)
    assert decide(EICAR, PLAIN, rules, unstrippable="x") == decide(EICAR, PLAIN, rules)


def test_what_is_stripped_for_one_is_stripped_for_all() -> None:
    decision = for_two(Action.ACCEPT, Action.STRIP, add_header=HeaderMode.REPLACE)
    assert (decision.disposition, decision.edits) == (Disposition.ACCEPT, STRIPPED)
    assert decision.strips == Strips("OnInfected Strip", ("Eicar-Test-Signature",))
    assert [share.outcome for share in decision.shares] == [Action.STRIP, Action.STRIP]


def test_one_tags_and_the_other_strips() -> None:
    decision = for_two(Action.TAG, Action.STRIP, tag_subject="[X] ")
    assert decision.edits[-1] == AddHeader("Subject", "[X]")
    assert decision.edits[:2] == STRIPPED


def test_one_gets_it_stripped_and_a_copy_is_stored_for_both() -> None:
    decision = for_two(Action.STRIP, Action.STORE, keep_copy=True)
    assert decision.strips is not None
    assert decision.edits == (DeleteRecipient(TWO),)
    assert [(one.recipient, one.action) for one in decision.kept] == [
        (ONE, Action.STRIP),
        (TWO, Action.STORE),
    ]


def test_what_is_excepted_for_one_is_stripped_if_it_counts_for_the_other() -> None:
    exception = SignatureException(Glob("Eicar*"), recipients=people("one@y.example"))
    rules = Rules(exceptions=(exception,), on_infected=Action.STRIP)
    verdict = Infected(("Eicar-Test-Signature", "Other"))
    decision = decide(verdict, message("one@y.example", "two@y.example"), rules)
    assert decision.strips is not None
    assert set(decision.strips.signatures) == {"Eicar-Test-Signature", "Other"}


def test_one_who_may_have_it_gets_it_as_it_is_if_it_cannot_be_stripped() -> None:
    ahead = (rule(Action.ACCEPT, recipients=people("one@y.example")),)
    rules = Rules(ahead=ahead, on_infected=Action.STRIP)
    both = message("one@y.example", "two@y.example")
    decision = decide(EICAR, both, rules, unstrippable=NOT_CLEAR)
    assert decision.disposition is Disposition.ACCEPT
    assert decision.edits == (DeleteRecipient(TWO),)
    assert [(one.recipient, one.action) for one in decision.kept] == [(TWO, Action.REJECT)]
    assert decision.shares[1].rule.endswith(f"but {NOT_CLEAR}: OnUnstrippable Reject")


def test_what_is_left_must_be_clean_for_every_recipient() -> None:
    exception = SignatureException(Glob("Eicar*"), recipients=people("one@y.example"))
    rules = Rules(exceptions=(exception,))
    assert is_fit(Clean(), PLAIN, rules)
    assert is_fit(EICAR, message("one@y.example"), rules)
    assert not is_fit(EICAR, message("one@y.example", "two@y.example"), rules)
    for verdict in (EICAR, OVERSIZE, Failed("x"), Empty()):
        assert not is_fit(verdict, PLAIN, rules)


@pytest.mark.parametrize("mode", list(HeaderMode))
@pytest.mark.parametrize("action", [Action.ACCEPT, Action.REJECT, Action.QUARANTINE])
def test_the_usual_decision_is_that_for_clean_mail(action: Action, mode: HeaderMode) -> None:
    rules = Rules(on_clean=action, add_header=mode, scanned_value=BY)
    message = Message(Envelope(Client("mx"), b"<a@x>", (b"<b@y>", b"<c@y>")), size=7)
    assert usual_decision(rules) == decide(Clean(), message, rules)


@pytest.mark.parametrize(
    "rules",
    [
        Rules(on_clean=Action.TAG),
        Rules(on_clean=Action.STORE),
        Rules(on_clean=Action.REJECT, keep_copy=True),
        Rules(ahead=(rule(Action.REJECT, kinds=frozenset({Kind.CLEAN})),)),
    ],
)
def test_there_is_none_where_it_depends_on_the_message(rules: Rules) -> None:
    assert usual_decision(rules) is None


EXE = FoundPart("2", ("a.exe",), "application/x", "", 9, "ab")
JS = FoundPart("3", ("b.js",), "text/javascript", "", 9, "cd")
ATTACHED = Contents(
    (AttachedFile(("a.exe",), (), EXE), AttachedFile(("c.exe",), (), JS, ("b.zip",)))
)
STRIP_EXE = rule(
    Action.STRIP, kinds=frozenset({Kind.CLEAN}), files=FileCondition((FilePattern("*.exe"),))
)
WITH_FILES = replace(PLAIN, contents=ATTACHED)


def test_files_that_must_not_be_attached_are_stripped_all_of_them() -> None:
    decision = decide(Clean(), WITH_FILES, Rules(ahead=(STRIP_EXE,)))
    assert decision.strips == Strips("rule Strip", (), (EXE, JS))
    assert not decision.harmless
    assert decide(Clean(), PLAIN, Rules(ahead=(STRIP_EXE,))).strips is None


def test_they_are_stripped_together_with_what_was_found() -> None:
    rules = Rules(ahead=(STRIP_EXE,), on_infected=Action.STRIP)
    decision = decide(EICAR, WITH_FILES, rules)
    assert decision.strips is not None
    assert decision.strips.signatures == ("Eicar-Test-Signature",)
    assert decision.strips.parts == (EXE, JS)


def test_a_signature_that_is_allowed_lets_no_file_through() -> None:
    decision = decide(EICAR, WITH_FILES, Rules(ahead=(STRIP_EXE,), on_infected=Action.TAG))
    assert decision.strips is not None
    assert decision.strips.parts == (EXE, JS)


def test_what_is_left_must_not_be_against_a_rule() -> None:
    reject = replace(STRIP_EXE, action=Action.REJECT)
    for one in (STRIP_EXE, reject):
        assert not is_fit(Clean(), WITH_FILES, Rules(ahead=(one,)))
        assert is_fit(Clean(), PLAIN, Rules(ahead=(one,)))
    assert is_fit(Clean(), WITH_FILES, Rules(ahead=(replace(STRIP_EXE, action=Action.TAG),)))


BROKEN = Failed("its parts could not be scanned: clamd is gone")
SOFT = Infected(("Heuristics.Phishing.X",), BROKEN)
"""Something harmless was found, and a part of the message could not be scanned."""


def with_soft(action: Action, **others: Any) -> Rules:
    ahead = (rule(action, classes=frozenset({"phishing"})),)
    return Rules(classes=CLASSES, ahead=ahead, **others)


@pytest.mark.parametrize(
    ("soft", "on_fail", "decides"),
    [
        (Action.TAG, Action.DEFER, "OnFail Defer"),
        (Action.ACCEPT, Action.REJECT, "OnFail Reject"),
        (Action.STRIP, Action.DEFER, "OnFail Defer"),
        (Action.ACCEPT, Action.TAG, "OnFail Tag"),
        (Action.TAG, Action.ACCEPT, "rule Tag [p.toml:3]"),
        (Action.TAG, Action.TAG, "rule Tag [p.toml:3]"),
        (Action.ACCEPT, Action.ACCEPT, "rule Accept [p.toml:3]"),
        (Action.REJECT, Action.DEFER, "rule Reject [p.toml:3]"),
        (Action.QUARANTINE, Action.ACCEPT, "rule Quarantine [p.toml:3]"),
        (Action.BLACKHOLE, Action.ACCEPT, "rule Blackhole [p.toml:3]"),
    ],
)
def test_behind_a_soft_hit_what_could_not_be_scanned_fares_as_it_would_alone(
    soft: Action, on_fail: Action, decides: str
) -> None:
    decision = decide(SOFT, message(), with_soft(soft, on_fail=on_fail))
    assert decision.rule == decides
    assert decision.verdict == (BROKEN if decides.startswith("OnFail") else SOFT)


def test_what_was_cut_off_behind_a_soft_hit_is_for_on_oversize() -> None:
    cut_off = replace(SOFT, rest=OVERSIZE)
    decision = decide(cut_off, message(), with_soft(Action.TAG, on_oversize=Action.REJECT))
    assert (decision.disposition, decision.rule) == (Disposition.REJECT, "OnOversize Reject")
    assert decision.reply == Reply("552", "5.3.4", "Message not scanned: larger than MaxFileSize")


def test_malware_decides_whatever_else_could_not_be_scanned() -> None:
    rules = Rules(classes=CLASSES, on_infected=Action.TAG)
    for verdict in (replace(EICAR, rest=BROKEN), Infected((*EICAR.signatures, "Phishing"), BROKEN)):
        assert decide(verdict, message(), rules).rule == "OnInfected Tag"


def test_an_exception_does_not_make_clean_what_could_not_be_scanned() -> None:
    exception = SignatureException(Glob("*Phishing*"), name="ExceptSignature *Phishing*")
    rules = Rules(classes=CLASSES, exceptions=(exception,))
    decision = decide(SOFT, message(), rules)
    assert (decision.rule, decision.verdict) == ("OnFail Defer", BROKEN)
    assert decision.excepted == (Excepted("Heuristics.Phishing.X", str(exception)),)


def test_a_rule_for_failures_of_one_recipient_is_asked_behind_a_soft_hit_too() -> None:
    deferred = rule(Action.STORE, kinds=frozenset({Kind.FAILED}), recipients=people("c@y.example"))
    rules = replace(
        with_soft(Action.TAG, on_fail=Action.ACCEPT), ahead=(*with_soft(Action.TAG).ahead, deferred)
    )
    decision = decide(SOFT, message("b@y.example", "c@y.example"), rules)
    assert [(one.recipient, one.action) for one in decision.shares] == [
        (b"<b@y.example>", Action.TAG),
        (b"<c@y.example>", Action.STORE),
    ]
