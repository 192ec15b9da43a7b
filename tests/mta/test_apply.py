from __future__ import annotations

import milter
import pytest
from tests.mta.doubles import RecordingCtx

from clamgate.core.decision import (
    AddHeader,
    ChangeHeader,
    Decision,
    DeleteHeader,
    DeleteRecipient,
    Disposition,
    InsertHeader,
    ReplaceBody,
    Reply,
)
from clamgate.mta.apply import apply


@pytest.mark.parametrize(
    ("disposition", "code"),
    [
        (Disposition.ACCEPT, milter.ACCEPT),
        (Disposition.REJECT, milter.REJECT),
        (Disposition.DEFER, milter.TEMPFAIL),
        (Disposition.BLACKHOLE, milter.DISCARD),
    ],
)
def test_dispositions(disposition: Disposition, code: int) -> None:
    ctx = RecordingCtx()
    assert apply(Decision(disposition), ctx, leading_space=True) == code
    assert ctx.calls == []


def test_quarantine_holds_and_accepts() -> None:
    ctx = RecordingCtx()
    decision = Decision(Disposition.QUARANTINE, reason="because")
    assert apply(decision, ctx, leading_space=False) == milter.ACCEPT
    assert ctx.calls == [("quarantine", "because")]


def test_a_body_is_given_piece_by_piece() -> None:
    ctx = RecordingCtx()
    apply(Decision(Disposition.ACCEPT, (ReplaceBody((b"a", b"b")),)), ctx, leading_space=True)
    assert ctx.calls == [("replacebody", b"a"), ("replacebody", b"b")]


def test_a_body_that_is_refused_halfway_defers_the_message() -> None:
    ctx = RecordingCtx(refuse=frozenset({"replacebody"}))
    decision = Decision(Disposition.ACCEPT, (ReplaceBody((b"a",)),))
    with pytest.raises(milter.error):
        apply(decision, ctx, leading_space=True)


def test_recipients_are_removed_by_the_name_they_came_with() -> None:
    ctx = RecordingCtx()
    decision = Decision(Disposition.ACCEPT, (DeleteRecipient("<jürgen@y>".encode()),))
    assert apply(decision, ctx, leading_space=True) == milter.ACCEPT
    assert ctx.calls == [("delrcpt", "<jürgen@y>")]


def test_a_recipient_that_cannot_be_named_is_not_passed_over() -> None:
    with pytest.raises(UnicodeDecodeError):
        apply(
            Decision(Disposition.ACCEPT, (DeleteRecipient(b"<\xff@y>"),)),
            RecordingCtx(),
            leading_space=True,
        )


EDITS = (
    DeleteHeader("X", 2),
    AddHeader("A", "1"),
    InsertHeader(1, "B", "2"),
    ChangeHeader("C", 3, "3"),
)


@pytest.mark.parametrize(("leading_space", "space"), [(True, " "), (False, "")])
def test_edits_keep_their_order_and_values_get_the_space_the_mta_would_add(
    leading_space: bool,  # noqa: FBT001  a parameter of the table
    space: str,
) -> None:
    ctx = RecordingCtx()
    apply(Decision(Disposition.ACCEPT, EDITS), ctx, leading_space=leading_space)
    assert ctx.calls == [
        ("chgheader", "X", 2, None),
        ("addheader", "A", f"{space}1", -1),
        ("addheader", "B", f"{space}2", 1),
        ("chgheader", "C", 3, f"{space}3"),
    ]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Virus X found", "Virus X found"),
        ("100% sure: A%B%%", "100%% sure: A%%B%%%%"),
        ("line\r\nbreak \x1b[1m ü", "line??break ?[1m ?"),
        ("x" * 2000, "x" * 980),
        ("x" * 979 + "%", "x" * 979),
        ("x" * 978 + "%", "x" * 978 + "%%"),
    ],
)
def test_replies_are_what_libmilter_takes(text: str, sent: str) -> None:
    ctx = RecordingCtx()
    decision = Decision(Disposition.REJECT, reply=Reply("550", "5.7.1", text))
    assert apply(decision, ctx, leading_space=True) == milter.REJECT
    assert ctx.calls == [("setreply", "550", "5.7.1", sent)]


@pytest.mark.parametrize("disposition", [Disposition.ACCEPT, Disposition.QUARANTINE])
def test_a_message_is_not_delivered_without_its_edits(disposition: Disposition) -> None:
    ctx = RecordingCtx(refuse=frozenset({"addheader"}))
    with pytest.raises(milter.error):
        apply(Decision(disposition, EDITS, reason="r"), ctx, leading_space=True)


def test_a_message_that_cannot_be_held_is_not_delivered() -> None:
    ctx = RecordingCtx(refuse=frozenset({"quarantine"}))
    with pytest.raises(milter.error):
        apply(Decision(Disposition.QUARANTINE, reason="r"), ctx, leading_space=True)


@pytest.mark.parametrize(
    ("disposition", "code"),
    [
        (Disposition.REJECT, milter.REJECT),
        (Disposition.DEFER, milter.TEMPFAIL),
        (Disposition.BLACKHOLE, milter.DISCARD),
    ],
)
def test_a_refused_edit_does_not_save_a_refused_message(
    disposition: Disposition, code: int
) -> None:
    ctx = RecordingCtx(refuse=frozenset({"addheader"}))
    assert apply(Decision(disposition, EDITS), ctx, leading_space=True) == code
