"""Replies and edits, byte for byte as libmilter's smfi.c and engine.c write them."""

from __future__ import annotations

import pytest
from tests.harness import libmilter_headers

from clamgate.harness.wire import ANSWERS
from clamgate.harness.wire_frames import ProtocolError
from clamgate.harness.wire_options import Actions
from clamgate.harness.wire_replies import (
    Accept,
    AddHeader,
    AddRecipient,
    AddRecipientWithArgs,
    Answer,
    ChangeHeader,
    ChangeSender,
    ConnectionFail,
    Continue,
    DeleteRecipient,
    Discard,
    Edit,
    InsertHeader,
    Progress,
    Quarantine,
    Reject,
    ReplaceBody,
    ReplyCode,
    Shutdown,
    Skip,
    TempFail,
)

BYTES: list[tuple[Answer, bytes]] = [
    (Continue(), b""),
    (Accept(), b""),
    (Reject(), b""),
    (TempFail(), b""),
    (Discard(), b""),
    (Skip(), b""),
    (ConnectionFail(), b""),
    (Shutdown(), b""),
    (Progress(), b""),
    (ReplyCode(b"550 5.7.1 no"), b"550 5.7.1 no\0"),
    (Quarantine(b"why"), b"why\0"),
    (AddRecipient(b"<a@b>"), b"<a@b>\0"),
    (DeleteRecipient(b"<a@b>"), b"<a@b>\0"),
    (AddRecipientWithArgs(b"<a@b>"), b"<a@b>\0"),
    (AddRecipientWithArgs(b"<a@b>", b"NOTIFY=NEVER"), b"<a@b>\0NOTIFY=NEVER\0"),
    (ChangeSender(b"<a@b>"), b"<a@b>\0"),
    (ChangeSender(b"<a@b>", b""), b"<a@b>\0\0"),
    (AddHeader(b"X-Y", b" z"), b"X-Y\0 z\0"),
    (InsertHeader(1, b"X-Y", b"z"), b"\0\0\0\1X-Y\0z\0"),
    (ChangeHeader(2, b"X-Y", b""), b"\0\0\0\2X-Y\0\0"),
    (ReplaceBody(b"a\0\r\n"), b"a\0\r\n"),
]


@pytest.mark.parametrize(("answer", "payload"), BYTES)
def test_an_answer_is_written_and_read(answer: Answer, payload: bytes) -> None:
    assert answer.payload() == payload
    assert type(answer).parse(payload) == answer


def test_every_answer_is_among_them() -> None:
    assert {type(answer) for answer, _ in BYTES} == set(ANSWERS)


@pytest.mark.parametrize(
    ("kind", "payload", "complaint"),
    [
        (Continue, b"x", "Continue: 1 bytes too many"),
        (ReplyCode, b"550 no", "ReplyCode: text is not ended by a NUL"),
        (AddRecipientWithArgs, b"a\0b", "AddRecipientWithArgs: arguments is not ended by a NUL"),
        (ChangeSender, b"a\0b\0c\0", "ChangeSender: 2 bytes too many"),
        (InsertHeader, b"\0\0\1", "InsertHeader: index is cut off"),
        (ChangeHeader, b"\0\0\0\1X-Y\0", "ChangeHeader: value is not ended by a NUL"),
        (AddHeader, b"", "AddHeader: name is not ended by a NUL"),
    ],
)
def test_a_malformed_answer_says_what_is_wrong(
    kind: type[Answer], payload: bytes, complaint: str
) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        kind.parse(payload)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"550 5.7.1 no", b"550 5.7.1 no"),
        (b"550 5.7.1 100%% no", b"550 5.7.1 100% no"),
        (b"550 5.7.1 %%%%s", b"550 5.7.1 %%s"),
        (b"550 5.7.1 a lone % here", b"550 5.7.1 a lone  here"),
        (b"550 5.7.1 at its end %", b"550 5.7.1 at its end "),
    ],
)
def test_the_smtp_client_reads_each_doubled_percent_once(sent: bytes, read: bytes) -> None:
    assert ReplyCode(sent).smtp == read


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (AddHeader, Actions.ADD_HEADERS),
        (InsertHeader, Actions.ADD_HEADERS),
        (ChangeHeader, Actions.CHANGE_HEADERS),
        (ReplaceBody, Actions.CHANGE_BODY),
        (AddRecipient, Actions.ADD_RECIPIENTS),
        (AddRecipientWithArgs, Actions.ADD_RECIPIENTS_WITH_ARGS),
        (DeleteRecipient, Actions.DELETE_RECIPIENTS),
        (ChangeSender, Actions.CHANGE_SENDER),
        (Quarantine, Actions.QUARANTINE),
    ],
)
def test_an_edit_knows_the_action_that_allows_it(kind: type[Edit], action: Actions) -> None:
    assert kind.ALLOWED_BY is action


LIBMILTER_NAMES: dict[type[Answer], str] = {
    AddRecipient: "ADDRCPT",
    DeleteRecipient: "DELRCPT",
    AddRecipientWithArgs: "ADDRCPT_PAR",
    Shutdown: "SHUTDOWN",
    Accept: "ACCEPT",
    ReplaceBody: "REPLBODY",
    Continue: "CONTINUE",
    Discard: "DISCARD",
    ChangeSender: "CHGFROM",
    ConnectionFail: "CONN_FAIL",
    AddHeader: "ADDHEADER",
    InsertHeader: "INSHEADER",
    ChangeHeader: "CHGHEADER",
    Progress: "PROGRESS",
    Quarantine: "QUARANTINE",
    Reject: "REJECT",
    Skip: "SKIP",
    TempFail: "TEMPFAIL",
    ReplyCode: "REPLYCODE",
}


@pytest.mark.skipif(not libmilter_headers.FOLDER.exists(), reason=libmilter_headers.MISSING)
def test_letters_are_libmilters() -> None:
    theirs = {
        name: letter
        for name, letter in libmilter_headers.letters().items()
        if name.startswith("SMFIR_")
    }
    # Not a packet of its own: the lists come in the answer to the offer.
    del theirs["SMFIR_SETSYMLIST"]
    assert {f"SMFIR_{name}": kind.LETTER for kind, name in LIBMILTER_NAMES.items()} == theirs
