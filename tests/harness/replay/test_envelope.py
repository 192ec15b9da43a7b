"""The envelope that a mail may have had."""

from __future__ import annotations

import pytest

from clamgate.harness.mailfile import Field
from clamgate.harness.replay.envelope import NOBODY, Envelope, bracketed, envelope


def test_a_mail_that_says_nothing() -> None:
    assert envelope([]) == Envelope(b"<>", (NOBODY,))


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        ([(b"From", b" A <a@x.org>"), (b"Return-Path", b" <b@x.org>")], b"<b@x.org>"),
        ([(b"From", b" a@x.org"), (b"RETURN-PATH", b" <>")], b"<>"),
        ([(b"From", b" a@x.org"), (b"Sender", b" c@x.org")], b"<c@x.org>"),
        ([(b"From", b' "Doe, J" <a@x.org>, b@x.org')], b"<a@x.org>"),
        ([(b"From", b" nobody"), (b"From", b" a@x.org")], b"<a@x.org>"),
        ([(b"From", b" \xff\xfe <a@x.org>")], b"<>"),
        ([(b"From", " j\xf6rg@x.org".encode())], "<j\xf6rg@x.org>".encode()),
        ([(b"From", "a\xa0b@x.org".encode())], b"<>"),
        ([(b"From", b" a@x.org\n\t(a\n comment)")], b"<a@x.org>"),
        ([(b"From", b" <a b@x.org>")], b"<>"),
        ([(b"From", b" <a\x07@x.org>")], b"<>"),
        ([(b"From", b" <" + b"a" * 400 + b"@x.org>")], b"<>"),
        ([(b"From", b" " + b"(" * 100_000)], b"<>"),
    ],
)
def test_the_sender(fields: list[Field], sender: bytes) -> None:
    assert envelope(fields).sender == sender


@pytest.mark.parametrize(
    ("fields", "recipients"),
    [
        ([(b"To", b" a@x, B <b@x>"), (b"Cc", b" c@x"), (b"Bcc", b" a@x")], b"<a@x> <b@x> <c@x>"),
        ([(b"To", b" a@x"), (b"Delivered-To", b" d@x"), (b"Delivered-To", b" e@x")], b"<d@x>"),
        ([(b"Delivered-To", b" d@x"), (b"X-Original-To", b" o@x")], b"<o@x>"),
        ([(b"To", b" undisclosed-recipients:;")], NOBODY),
        ([(b"To", b" group: a@x, b@x;")], b"<a@x> <b@x>"),
    ],
)
def test_the_recipients(fields: list[Field], recipients: bytes) -> None:
    assert b" ".join(envelope(fields).recipients) == recipients


def test_what_is_given_counts_first() -> None:
    fields = [(b"Return-Path", b" <a@x>"), (b"To", b" b@x")]
    assert envelope(fields, b"<>", (b"<c@x>",)) == Envelope(b"<>", (b"<c@x>",))


def test_brackets() -> None:
    assert [bracketed(text) for text in ("a@x", "<a@x>", " <> ", "")] == [
        b"<a@x>",
        b"<a@x>",
        b"<>",
        b"<>",
    ]
