from __future__ import annotations

from dataclasses import replace

import pytest
from tests.core.policies import CLASSES, message, rule

from clamgate.core.decision import AddHeader, ChangeHeader, DeleteHeader, Edit, Reply
from clamgate.core.envelope import HeaderFacts
from clamgate.core.matching import make_case
from clamgate.core.parts import FoundPart
from clamgate.core.rules import NO_TEXTS, Action, HeaderMode, Rules, TagHeader, Texts
from clamgate.core.treatment import Choice, edits_for, reason_for, reply_to, status_of
from clamgate.core.verdict import Clean, Empty, Failed, Infected, Unscanned, Verdict

PHISH = Infected(("Phishing.Bank",))
BY = "clamav-milter x at mail.example"
RULES = Rules(
    scanned_value=BY,
    classes=CLASSES,
    reject_msg="Refused: %v, %c",
    tag_subject="[BAD] ",
    tag_headers=(TagHeader("X-Class", "%c"),),
)
HEADERS = HeaderFacts(subjects=(b"hello",), virus_status=1)


def choice(
    action: Action, verdict: Verdict = PHISH, texts: Texts = NO_TEXTS, name: str = "OnX"
) -> Choice:
    case = make_case(verdict, message(), None, RULES, 0)
    return Choice(case, rule(action, texts, name))


def about(part: FoundPart, made: Choice) -> Choice:
    return replace(made, case=replace(made.case, message=replace(made.case.message, part=part)))


PART = FoundPart("2", ("%v\u202e\u00e4.exe",), "", "", 9, "ab")
OF_FILE = replace(RULES, reject_msg="%f: %v, %c, %f")


def test_the_file_is_named_in_replies_and_fields() -> None:
    made = about(PART, choice(Action.REJECT))
    assert reply_to(made, OF_FILE) == Reply("550", "5.7.1", "%v??.exe: Phishing.Bank, %c, %v??.exe")
    own = about(PART, choice(Action.REJECT, texts=Texts(reply="%f")))
    assert reply_to(own, RULES) == Reply("550", "5.7.1", "%v??.exe")
    headers = (TagHeader("X-File", "%f"),)
    tagged = about(PART, choice(Action.TAG, texts=Texts(headers=headers)))
    assert edits_for([tagged], HEADERS, RULES)[-1] == AddHeader(
        "X-File", "=?utf-8?b?JXY/w6QuZXhl?="
    )


def test_without_a_part_the_file_is_the_message() -> None:
    assert reply_to(choice(Action.REJECT), replace(RULES, reject_msg="%f")) == Reply(
        "550", "5.7.1", "the message"
    )


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (Clean(), "Clean"),
        (Empty(), "Clean"),
        (PHISH, "Infected (Phishing.Bank)"),
        (Unscanned("too large"), "Unscanned (too large)"),
        (Failed("whatever"), "Unscanned (scan failed)"),
    ],
)
def test_status(verdict: Verdict, status: str) -> None:
    assert status_of(verdict) == status


OWN = Texts(reply="No %c here: %v (%r), 100%, %x")
OVER = Unscanned("over clamd's MaxFiles", "Heuristics.Limits.Exceeded.MaxFiles")


@pytest.mark.parametrize(
    ("made", "reply"),
    [
        (choice(Action.REJECT), Reply("550", "5.7.1", "Refused: Phishing.Bank, %c")),
        (
            choice(Action.REJECT, texts=OWN),
            Reply("550", "5.7.1", "No phishing here: Phishing.Bank (OnX), 100%, %x"),
        ),
        (
            choice(Action.DEFER, texts=OWN),
            Reply("451", "4.7.1", "No phishing here: Phishing.Bank (OnX), 100%, %x"),
        ),
        (choice(Action.DEFER), None),
        (choice(Action.TAG, texts=OWN), None),
        (choice(Action.REJECT, Clean()), None),
        (
            choice(Action.REJECT, Clean(), Texts(reply="nothing %v%c")),
            Reply("550", "5.7.1", "nothing "),
        ),
        (
            choice(Action.REJECT, OVER),
            Reply("552", "5.3.4", "Message not scanned: over clamd's MaxFiles"),
        ),
        (
            choice(Action.REJECT, OVER, Texts(reply="%c: %v")),
            Reply("552", "5.3.4", "limits: Heuristics.Limits.Exceeded.MaxFiles"),
        ),
    ],
)
def test_replies(made: Choice, reply: Reply | None) -> None:
    assert reply_to(made, RULES) == reply


def test_reasons() -> None:
    assert reason_for(choice(Action.STORE)) == "Infected (Phishing.Bank), phishing"
    assert reason_for(choice(Action.STORE, Clean())) == "Clean"
    assert reason_for(choice(Action.STORE, texts=Texts(reason="we keep it"))) == "we keep it"


def status(text: str) -> tuple[Edit, ...]:
    return (
        DeleteHeader("X-Virus-Status", 1),
        AddHeader("X-Virus-Scanned", BY),
        AddHeader("X-Virus-Status", text),
    )


def test_a_tag_is_status_subject_and_headers() -> None:
    assert edits_for([choice(Action.TAG)], HEADERS, RULES) == (
        *status("Infected (Phishing.Bank)"),
        ChangeHeader("Subject", 1, "[BAD] hello"),
        AddHeader("X-Class", "phishing"),
    )


def test_a_rule_may_have_words_of_its_own() -> None:
    texts = Texts(subject="[P] ", headers=(TagHeader("X-Why", "%r für %v"), TagHeader("X-A", "b")))
    assert edits_for([choice(Action.TAG, texts=texts)], HEADERS, RULES)[3:] == (
        ChangeHeader("Subject", 1, "[P] hello"),
        AddHeader("X-Why", "=?utf-8?q?OnX_f=C3=BCr_Phishing=2EBank?="),
        AddHeader("X-A", "b"),
    )


def test_or_none() -> None:
    texts = Texts(subject="", headers=())
    edits = edits_for([choice(Action.TAG, texts=texts)], HEADERS, RULES)
    assert edits == status("Infected (Phishing.Bank)")


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (Clean(), "Clean"),
        (Empty(), "Clean"),
        (OVER, "Unscanned (over clamd's MaxFiles)"),
        (Failed("x"), "Unscanned (scan failed)"),
    ],
)
def test_everything_can_be_tagged(verdict: Verdict, text: str) -> None:
    edits = edits_for([choice(Action.TAG, verdict)], HEADERS, RULES)
    assert edits[:4] == (*status(text), ChangeHeader("Subject", 1, "[BAD] hello"))


def test_several_recipients_get_the_worst_status_and_the_tags_of_all() -> None:
    first = choice(Action.TAG, texts=Texts(subject="[ONE] ", headers=(TagHeader("X-A", "1"),)))
    second = choice(Action.TAG, texts=Texts(subject="[TWO] ", headers=(TagHeader("X-A", "2"),)))
    assert edits_for([choice(Action.ACCEPT, Clean()), first, second, first], HEADERS, RULES) == (
        *status("Infected (Phishing.Bank)"),
        ChangeHeader("Subject", 1, "[ONE] hello"),
        AddHeader("X-A", "1"),
        AddHeader("X-A", "2"),
    )


def test_without_a_tag_the_fields_are_those_of_add_header() -> None:
    assert edits_for([choice(Action.ACCEPT)], HEADERS, RULES) == ()
    replacing = Rules(scanned_value=BY, add_header=HeaderMode.REPLACE)
    choices = [choice(Action.ACCEPT, Clean()), choice(Action.ACCEPT)]
    assert edits_for(choices, HEADERS, replacing) == status("Infected (Phishing.Bank)")
    assert edits_for([choice(Action.ACCEPT, Empty())], HEADERS, replacing) == ()
