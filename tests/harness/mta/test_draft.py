"""A message taken apart and put together again."""

from __future__ import annotations

import pytest

from clamgate.harness.mta.draft import Field, Recipient, draft_of

TO = (Recipient(b"a@x"),)


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: x\r\n\r\nbody\r\n",
        b"Subject : x\r\nA:\r\n\tb\r\n \r\n\r\n\r\n\r\nbody\r\n",
        b"Subject: x\r\n",
        b"Subject: x\r\n\r\n",
        b"\r\nbody\r\n",
        b"",
        b"X: \xff\xfe\r\n\r\n\0\x80 " + b"long " * 50_000 + b"\r\n",
        b"X: a\0b\r\n\r\n.\r\n..\r\n",
    ],
)
def test_bytes_survive(content: bytes) -> None:
    assert draft_of(content, b"s@x", TO).content == content


def test_our_field_goes_on_top() -> None:
    draft = draft_of(b"A: 1\r\n\r\nb\r\n", b"s@x", TO, received=b"Received: us\n\tnow")
    assert draft.fields == (Field(b"Received: us\n\tnow", ours=True), Field(b"A: 1"))
    assert draft.content == b"Received: us\r\n\tnow\r\nA: 1\r\n\r\nb\r\n"


def test_a_line_that_is_no_field_begins_the_body() -> None:
    draft = draft_of(b"A: 1\r\nno field\r\nB: 2\r\n", b"s@x", TO)
    assert [it.name for it in draft.fields] == [b"A"]
    assert draft.content == b"A: 1\r\n\r\nno field\r\nB: 2\r\n"


def test_a_blank_at_the_very_top_does_not_continue_our_field() -> None:
    draft = draft_of(b" x\r\n", b"s@x", TO, received=b"Received: us")
    assert draft.content == b"Received: us\r\n\r\n x\r\n"


def test_line_ends_and_fields_are_cleaned_as_postfix_does_it() -> None:
    draft = draft_of(b"Bcc: secret\r\nA: 1\n\nb\rc\r\r\n", b"s@x", TO)
    assert draft.content == b"A: 1\r\n\r\nb c\r\n"


def test_each_address_is_delivered_to_once() -> None:
    to = (Recipient(b"a@x", (b"NOTIFY=NEVER",)), Recipient(b"b@x"), Recipient(b"a@x"))
    assert draft_of(b"", b"s@x", to).destinations == (to[0], to[1])


def test_values() -> None:
    draft = draft_of(b"Subject:  two \r\nsubject: b\r\n\r\n", b"s@x", TO)
    assert draft.value(b"SUBJECT") == b"two"
    assert draft.value(b"From") is None
