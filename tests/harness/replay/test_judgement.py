"""What a filter's answers come to."""

from __future__ import annotations

import pytest

from clamgate.harness.client import Outcome
from clamgate.harness.replay.judgement import (
    Judgement,
    Verdict,
    describe,
    judgement,
    unanswered,
)
from clamgate.harness.wire import (
    Accept,
    AddHeader,
    AddRecipient,
    AddRecipientWithArgs,
    ChangeHeader,
    ChangeSender,
    ConnectionFail,
    Continue,
    DeleteRecipient,
    Discard,
    Edit,
    EndOfMessage,
    InsertHeader,
    Mail,
    Quarantine,
    Reject,
    ReplaceBody,
    Reply,
    ReplyCode,
    Shutdown,
    TempFail,
)

STATUS = b"X-Virus-Status"
END = "EndOfMessage"


@pytest.mark.parametrize(
    ("reply", "verdict", "text"),
    [
        (Accept(), Verdict.ACCEPTED, ""),
        (Continue(), Verdict.ACCEPTED, ""),
        (Discard(), Verdict.DISCARDED, ""),
        (Reject(), Verdict.REJECTED, ""),
        (TempFail(), Verdict.TEMPFAILED, ""),
        (ConnectionFail(), Verdict.TEMPFAILED, ""),
        (Shutdown(), Verdict.TEMPFAILED, ""),
        (ReplyCode(b"550 5.7.1 100%% \xff"), Verdict.REJECTED, r"550 5.7.1 100% \xff"),
        (ReplyCode(b"451 later"), Verdict.TEMPFAILED, "451 later"),
    ],
)
def test_verdicts(reply: Reply, verdict: Verdict, text: str) -> None:
    assert judgement(Outcome(reply, Mail)) == Judgement(verdict, "Mail", text)


def test_a_held_mail_is_quarantined_unless_it_is_refused_all_the_same() -> None:
    held = (Quarantine(b"why"),)
    assert judgement(Outcome(Accept(), EndOfMessage, held)) == Judgement(
        Verdict.QUARANTINED, END, "why"
    )
    assert judgement(Outcome(Reject(), EndOfMessage, held)) == Judgement(Verdict.REJECTED, END)


def test_the_status_is_the_one_that_was_set_last() -> None:
    edits = (
        ChangeHeader(1, STATUS, b""),
        InsertHeader(1, b"X-Virus-Scanned", b" program 1.2"),
        InsertHeader(1, STATUS, b" Clean"),
        AddHeader(b"x-virus-status", b"Infected (A, B)"),
    )
    found = judgement(Outcome(Accept(), EndOfMessage, edits))
    assert found.status == "Infected (A, B)"
    assert found.signature == "A, B"
    assert found.edits == ("delete number 1 of X-Virus-Status", "insert at 1 X-Virus-Scanned")


@pytest.mark.parametrize(
    ("status", "signature"),
    [
        ("Stripped (A, B)", "A, B"),
        ("Stripped (OnAttachment *.exe Strip)", None),
        ("Unscanned (x)", None),
    ],
)
def test_what_was_found_as_far_as_the_status_tells(status: str, signature: str | None) -> None:
    assert Judgement(Verdict.ACCEPTED, END, status=status).signature == signature


def test_refused_recipients_count_while_others_are_taken() -> None:
    refused = ((b"<a@x>", ReplyCode(b"550 no")), (b"<b@x>", TempFail()))
    taken = judgement(Outcome(Accept(), EndOfMessage, refused=refused))
    assert taken.refused == (("<a@x>", "550 no"), ("<b@x>", "tempfailed"))
    assert str(taken) == "accepted, 2 recipients refused"
    assert judgement(Outcome(Reject(), Mail, refused=refused)).refused == ()


@pytest.mark.parametrize(
    ("judged", "passed", "words"),
    [
        (Judgement(Verdict.ACCEPTED, END), True, "accepted"),
        (
            Judgement(Verdict.ACCEPTED, END, status="Clean"),
            True,
            "accepted, X-Virus-Status: Clean",
        ),
        (
            Judgement(Verdict.ACCEPTED, END, status="Unscanned (x)"),
            False,
            "accepted, X-Virus-Status: Unscanned (x)",
        ),
        (Judgement(Verdict.DISCARDED, END), False, "discarded"),
        (
            Judgement(Verdict.REJECTED, END, "550 A", "Infected (A)"),
            False,
            "rejected (550 A)",
        ),
        (
            Judgement(Verdict.QUARANTINED, END, "held", "Infected (A)"),
            False,
            "quarantined (held), X-Virus-Status: Infected (A)",
        ),
        (Judgement(Verdict.ACCEPTED, END, refused=(("<a>", "550"),)), False, None),
    ],
)
def test_what_passed(judged: Judgement, passed: bool, words: str | None) -> None:  # noqa: FBT001
    assert judged.passed is passed
    assert words is None or str(judged) == words


def test_no_answer_is_a_judgement_too() -> None:
    judged = unanswered(TimeoutError("late\n"), "Mail")
    assert judged == Judgement(Verdict.UNANSWERED, "Mail", r"late\n")
    assert str(judged) == r"no answer (late\n)"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (AddHeader(b"A", b" b\n c"), r"add A: b\n c"),
        (InsertHeader(2, b"A", b"b"), "insert at 2 A: b"),
        (ChangeHeader(3, b"A", b"b"), "change number 3 of A: b"),
        (ChangeHeader(3, b"A", b""), "delete number 3 of A"),
        (AddHeader(b"X-Virus-Scanned", b"clamav-milter 1.4 at mx"), "add X-Virus-Scanned"),
        (AddRecipient(b"<a@x>"), "add recipient <a@x>"),
        (AddRecipientWithArgs(b"<a@x>", b"NOTIFY=NEVER"), "add recipient <a@x>"),
        (DeleteRecipient(b"<a@x>"), "delete recipient <a@x>"),
        (ChangeSender(b"<>"), "change sender to <>"),
        (ReplaceBody(b"abc"), "replace body (3 bytes)"),
    ],
)
def test_edits_in_words(edit: Edit, words: str) -> None:
    assert describe(edit) == words
