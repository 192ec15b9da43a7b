"""A mail made ready to be sent."""

from __future__ import annotations

from clamgate.harness.replay.parcel import Given, pack
from clamgate.harness.replay.sources import Mail

MAIL = Mail("x.eml", b"Return-Path: <a@x>\nTo: b@x\nSubject: s\n\nhello\n")


def test_a_mail_is_cut_up_and_addressed_by_its_header() -> None:
    parcel = pack(7, MAIL, Given())
    assert (parcel.number, parcel.name, parcel.raw) == (7, "x.eml", MAIL.raw)
    assert parcel.message.fields == ((b"To", b" b@x"), (b"Subject", b" s"))
    assert parcel.message.body == b"hello\r\n"
    assert (parcel.message.sender, parcel.message.recipients) == (b"<a@x>", (b"<b@x>",))
    assert (parcel.message.queue_id, parcel.message.login) == (b"replay7", None)


def test_what_is_given_counts_first() -> None:
    parcel = pack(1, MAIL, Given(b"<>", (b"<c@x>",), b"alice"))
    assert (parcel.message.sender, parcel.message.recipients) == (b"<>", (b"<c@x>",))
    assert parcel.message.login == b"alice"
