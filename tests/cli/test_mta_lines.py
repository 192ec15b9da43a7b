"""One line for each mail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clamgate.cli.mta_lines import mail_line
from clamgate.harness.mta.draft import draft_of
from clamgate.harness.mta.known import Client
from clamgate.harness.mta.report import Fate, Passage
from clamgate.harness.wire import AddHeader, ChangeHeader, DeleteRecipient

DRAFT = draft_of(b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?= \x1b[2J\r\n\r\n", b"", ())
CLEAN = Passage(
    client=Client("127.0.0.1", 1, "127.0.0.1", 25),
    queue_id="4F",
    sender=b"s@x",
    recipients=(b"a@x",),
    draft=DRAFT,
    edits=(AddHeader(b"x-virus-status", b"Clean"), DeleteRecipient(b"<a@x>")),
    fate=Fate.DELIVERED,
    text=b"",
    seconds=0.0123,
)


def line(passage: Passage) -> str:
    return mail_line(passage, b"X-Virus-Status")


def test_clean_mail() -> None:
    assert line(CLEAN) == 'mail <s@x> to <a@x>, "grüße  [2J": Clean, delivered, 12 ms'


@pytest.mark.parametrize(
    ("text", "fate", "words"),
    [
        (b"550 5.7.1 Infected: X", Fate.REFUSED, "Infected: X, refused (550 5.7.1)"),
        (b"550 no", Fate.REFUSED, "no, refused (550)"),
        (
            b"451-4.7.1 not\r\n451 4.7.1 now",
            Fate.DEFERRED,
            "not now, deferred (451 4.7.1)",
        ),
        (b"is bad", Fate.HELD, "is bad, held"),
        (b"", Fate.DISCARDED, "no verdict, discarded"),
    ],
)
def test_without_a_header_the_verdict_is_what_was_said(text: bytes, fate: Fate, words: str) -> None:
    shown = line(replace(CLEAN, edits=(), text=text, fate=fate))
    assert shown.endswith(f'": {words}, 12 ms')


def test_the_last_header_that_has_a_value_counts() -> None:
    edits = (
        AddHeader(b"X-Virus-Status", b"Clean"),
        ChangeHeader(1, b"X-Virus-Status", b" Infected (\r\nX)"),
        ChangeHeader(2, b"X-Virus-Status", b""),
    )
    assert "Infected (  X), held" in line(replace(CLEAN, edits=edits, fate=Fate.HELD))


def test_what_was_refused_before_its_end_has_no_subject() -> None:
    early = replace(CLEAN, draft=None, edits=(), recipients=(), text=b"450 4.1.0 later")
    assert line(replace(early, fate=Fate.DEFERRED)) == (
        "mail <s@x>: later, deferred (450 4.1.0), 12 ms"
    )


def test_many_recipients_and_no_subject() -> None:
    bare = replace(CLEAN, draft=draft_of(b"", b"", ()), recipients=(b"a@x", b"b\n@x", b"c@x"))
    assert line(bare).startswith("mail <s@x> to <a@x> and 2 more, no subject: Clean")
