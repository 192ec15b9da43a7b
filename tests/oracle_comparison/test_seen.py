from __future__ import annotations

import pytest
from tests.oracle_comparison.seen import Seen, edit_words, lines_about, recipient_of, seen

from clamgate.harness.client import Outcome
from clamgate.harness.mail import Message
from clamgate.harness.wire import (
    AddHeader,
    ChangeHeader,
    Edit,
    EndOfMessage,
    InsertHeader,
    Quarantine,
    Rcpt,
    Reject,
    ReplyCode,
)


def test_an_outcome_in_words() -> None:
    outcome = Outcome(
        ReplyCode(b"550 5.7.1 100%% bad"),
        EndOfMessage,
        (Quarantine(b"held"),),
        ((b"<a@x>", Reject()),),
    )
    assert seen(outcome, ["a line"], leading_space=False) == Seen(
        "550 5.7.1 100% bad",
        "EndOfMessage",
        ("quarantine: held",),
        ("<a@x>: Reject",),
        ("a line",),
    )
    assert seen(Outcome(Reject(), Rcpt), (), leading_space=True) == Seen("Reject", "Rcpt")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (AddHeader(b"X", b"1"), "add X: 1"),
        (InsertHeader(1, b"X", b"1"), "insert at 1 X: 1"),
        (ChangeHeader(2, b"X", b""), "delete X 2"),
    ],
)
def test_an_edit_in_words(edit: Edit, words: str) -> None:
    assert edit_words(edit, leading_space=False) == words


def test_a_field_is_given_as_it_is_delivered() -> None:
    assert edit_words(AddHeader(b"X", b" 1"), leading_space=True) == "add X: 1"
    # A space that is missing, or one too many, shows.
    assert edit_words(AddHeader(b"X", b"1"), leading_space=True) == "add X:1"
    assert edit_words(AddHeader(b"X", b" 1"), leading_space=False) == "add X:  1"


def test_versions_are_made_alike_and_nothing_else() -> None:
    def words(value: bytes, name: bytes = b"X-Virus-Scanned") -> str:
        return edit_words(AddHeader(name, value), leading_space=False)

    alike = "add X-Virus-Scanned: clamav-milter VERSION at a.example"
    assert words(b"clamav-milter 1.4.6 at a.example") == alike
    assert words(b"clamav-milter clamgate-0.1.0 at a.example") == alike
    assert words(b"clamav-milter 1.4.6 at b.example") != alike
    assert words(b"other 1.4.6 at a.example") == "add X-Virus-Scanned: other 1.4.6 at a.example"
    assert words(b"clamav-milter 1 at x", b"X") == "add X: clamav-milter 1 at x"


@pytest.mark.parametrize(
    ("line", "recipient"),
    [
        ("Clean message from <a@x> to <b@y>", "b@y"),
        ("Message 4Q from <> to <<b@y>> with subject 'to <c@z>' infected by S", "b@y"),
        ("WARNING: Message 4Q from <a@x> to <b@y> not scanned", None),
        ("+++ Started at Tue Nov 24 03:54:05 2026", None),
    ],
)
def test_whose_a_log_line_is(line: str, recipient: str | None) -> None:
    assert recipient_of(line) == recipient


def test_lines_about_a_message_keep_their_order() -> None:
    log = [f"Clean message from <> to <{one}@x>" for one in "cab"]
    message = Message(recipients=(b"<a@x>", b"<c@x>"))
    assert lines_about(message, log) == (log[0], log[1])
