"""Edits, applied as Postfix applies them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clamgate.harness.mta.draft import Draft, Recipient, draft_of
from clamgate.harness.mta.edits import EditError, edited
from clamgate.harness.wire import (
    AddHeader,
    AddRecipient,
    AddRecipientWithArgs,
    ChangeHeader,
    ChangeSender,
    DeleteRecipient,
    Edit,
    InsertHeader,
    Quarantine,
    ReplaceBody,
)

RECIPIENTS = (Recipient(b"a@x"), Recipient(b"b@x", (b"NOTIFY=NEVER",)))
DRAFT = draft_of(
    b"Received: far\r\nX: 1\r\nSubject:two\r\n folded\r\nx: 2\r\n\r\nbody\r\n",
    b"s@x",
    RECIPIENTS,
    (b"BODY=8BITMIME", b"RET=FULL"),
    b"Received: ours",
)
TOP = b"Received: ours"
FAR = b"Received: far"
ONE = b"X: 1"
SUBJECT = b"Subject:two\n folded"
TWO = b"x: 2"


def header(*edits: Edit, draft: Draft = DRAFT, exact_space: bool = False) -> list[bytes]:
    return [it.text for it in edited(draft, edits, exact_space=exact_space).fields]


def test_no_edits_change_nothing() -> None:
    assert edited(DRAFT, ()) == DRAFT
    assert edited(DRAFT, (Quarantine(b"why"),)) == DRAFT


def test_added_at_the_end() -> None:
    assert header(AddHeader(b"N", b"v"), AddHeader(b"N", b"")) == [
        *(TOP, FAR, ONE, SUBJECT, TWO),
        b"N: v",
        b"N: ",
    ]


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (0, [b"N: v", TOP, FAR, ONE, SUBJECT, TWO]),
        (1, [TOP, b"N: v", FAR, ONE, SUBJECT, TWO]),
        (2, [TOP, FAR, b"N: v", ONE, SUBJECT, TWO]),
        (5, [TOP, FAR, ONE, SUBJECT, TWO, b"N: v"]),
        (99, [TOP, FAR, ONE, SUBJECT, TWO, b"N: v"]),
    ],
)
def test_inserted_where_it_is_delivered(index: int, expected: list[bytes]) -> None:
    assert header(InsertHeader(index, b"N", b"v")) == expected


@pytest.mark.parametrize(
    ("index", "name", "expected"),
    [
        (1, b"x", [TOP, FAR, b"x: v", SUBJECT, TWO]),
        (0, b"X", [TOP, FAR, b"X: v", SUBJECT, TWO]),
        (2, b"X", [TOP, FAR, ONE, SUBJECT, b"X: v"]),
        (3, b"X", [TOP, FAR, ONE, SUBJECT, TWO, b"X: v"]),
        (1, b"received", [TOP, b"received: v", ONE, SUBJECT, TWO]),
    ],
)
def test_changed_as_it_was_received(index: int, name: bytes, expected: list[bytes]) -> None:
    assert header(ChangeHeader(index, name, b"v")) == expected


def test_deleted() -> None:
    assert header(ChangeHeader(1, b"x", b"")) == [TOP, FAR, SUBJECT, TWO]
    assert header(ChangeHeader(2, b"x", b"")) == [TOP, FAR, ONE, SUBJECT]
    assert header(ChangeHeader(3, b"x", b"")) == [TOP, FAR, ONE, SUBJECT, TWO]
    assert header(ChangeHeader(1, b"Received", b"")) == [TOP, ONE, SUBJECT, TWO]


def test_our_own_field_stays_hidden_wherever_it_is() -> None:
    edits = (InsertHeader(0, b"Received", b"new"), ChangeHeader(1, b"Received", b"v"))
    assert header(*edits) == [b"Received: v", TOP, FAR, ONE, SUBJECT, TWO]


def test_each_edit_counts_in_what_those_before_it_left() -> None:
    edits = (
        ChangeHeader(1, b"X", b""),
        ChangeHeader(1, b"X", b"v"),
        InsertHeader(1, b"A", b"1"),
        InsertHeader(1, b"B", b"2"),
    )
    assert header(*edits) == [TOP, b"B: 2", b"A: 1", FAR, SUBJECT, b"X: v"]


def test_with_leadspc_the_value_is_taken_as_it_is() -> None:
    assert header(AddHeader(b"N", b"v"), exact_space=True)[-1] == b"N:v"
    assert header(AddHeader(b"N", b"  v"), exact_space=True)[-1] == b"N:  v"
    assert header(AddHeader(b"N", b" v"))[-1] == b"N:  v"


def test_folds_get_a_blank_where_they_have_none() -> None:
    assert header(AddHeader(b"N", b"a\n b\n\tc\nd"))[-1] == b"N: a\n b\n\tc\n\td"


@pytest.mark.parametrize(
    "edits",
    [
        (AddHeader(b"", b"v"),),
        (InsertHeader(2**31, b"N", b"v"),),
        (ChangeHeader(2**31, b"N", b"v"),),
        (ChangeHeader(1, b"", b""),),
        (ReplaceBody(b"a"), AddHeader(b"N", b"v"), ReplaceBody(b"b")),
        (ReplaceBody(b"a"), Quarantine(b"why"), ReplaceBody(b"b")),
    ],
)
def test_what_makes_no_sense_is_refused(edits: tuple[Edit, ...]) -> None:
    with pytest.raises(EditError):
        edited(DRAFT, edits)


def test_what_came_before_it_stays() -> None:
    with pytest.raises(EditError) as caught:
        edited(DRAFT, (AddHeader(b"N", b"v"), ReplaceBody(b"b"), AddHeader(b"", b"v")))
    assert caught.value.so_far.fields[-1].text == b"N: v"
    assert caught.value.so_far.body == b"b\r\n"


def test_recipients() -> None:
    edits = (
        AddRecipient(b"<c@x>"),
        AddRecipient(b"d@x"),
        AddRecipientWithArgs(b"<e@x>", b"NOTIFY=NEVER ORCPT=rfc822;e@x"),
        AddRecipientWithArgs(b"<f@x>"),
        AddRecipient(b"<a@x>"),
        AddRecipient(b"<>"),
        DeleteRecipient(b"<b@x>"),
        DeleteRecipient(b"A@X"),
        DeleteRecipient(b"nobody@x"),
    )
    after = edited(DRAFT, edits)
    assert after.destinations == (
        Recipient(b"a@x"),
        Recipient(b"c@x"),
        Recipient(b"d@x"),
        Recipient(b"e@x", (b"NOTIFY=NEVER", b"ORCPT=rfc822;e@x")),
        Recipient(b"f@x"),
    )


def test_a_recipient_that_is_removed_can_be_added_again() -> None:
    after = edited(DRAFT, (DeleteRecipient(b"<a@x>"), AddRecipient(b"<a@x>")))
    assert [it.address for it in after.destinations] == [b"b@x", b"a@x"]


def test_the_sender_and_what_belongs_to_it() -> None:
    after = edited(DRAFT, (ChangeSender(b"<n@x>"),))
    assert (after.sender, after.sender_args) == (b"n@x", DRAFT.sender_args)
    after = edited(DRAFT, (ChangeSender(b"<>", b"RET=HDRS ENVID=7 SIZE=1"),))
    assert (after.sender, after.sender_args) == (b"", (b"BODY=8BITMIME", b"RET=HDRS", b"ENVID=7"))


@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        ([b"new\r\n"], b"new\r\n"),
        ([b"ne", b"w\r", b"\nline"], b"new\r\nline\r\n"),
        ([b"a\nb\r\nc\rd"], b"a\r\nb\r\nc\rd\r\n"),
        ([b""], b""),
    ],
)
def test_the_body(pieces: list[bytes], body: bytes) -> None:
    after = edited(DRAFT, [ReplaceBody(it) for it in pieces])
    assert after.body == body
    assert after.content.partition(b"\r\n\r\n")[2] == body


def test_a_body_is_set_apart_from_a_header_that_had_none() -> None:
    bare_header = replace(DRAFT, separated=False, body=b"")
    assert bare_header.content.endswith(b"x: 2\r\n")
    assert edited(bare_header, (ReplaceBody(b"new"),)).content.endswith(b"x: 2\r\n\r\nnew\r\n")
