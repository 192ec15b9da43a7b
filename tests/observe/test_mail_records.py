from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from tests.observe.examples import EICAR, judged, message

from clamgate.core.contents import AttachedFile, Contents
from clamgate.core.decision import Disposition, Excepted, Reply, Share
from clamgate.core.envelope import Client, HeaderFacts
from clamgate.core.events import MessageExempt, MessageJudged, MessageReleased
from clamgate.core.parts import FoundPart
from clamgate.core.rules import Action
from clamgate.core.verdict import Clean, Empty, Failed, Hit, Infected, Locked, Unscanned, Verdict
from clamgate.observe import mail_records
from clamgate.observe.mail_records import Known

VERSION = "ClamAV 1.4.6/27456/Tue Nov 24 08:35:05 2026"
MADE = time.mktime(time.strptime("Tue Nov 24 08:35:05 2026"))


def fields_of(members: str) -> dict[str, Any]:
    """Return the members of a JSON object."""
    assert members.isprintable()
    fields: dict[str, Any] = json.loads(f"{{{members}}}")
    return fields


def told_of(event: MessageJudged, now: float) -> dict[str, Any]:
    """Return what is told of a message, and expect the same when all is known."""
    known = Known()
    first, again = (mail_records.judged(event, now, known) for _ in range(2))
    assert first == again == mail_records.judged(event, now, Known())
    return fields_of(first)


def test_all_that_is_known() -> None:
    event = judged(EICAR, disposition=Disposition.REJECT, rule="OnInfected Reject [a.conf:7]")
    event = replace(
        event,
        report=replace(event.report, clamd_version=VERSION),
        decision=replace(event.decision, reply=Reply("550", "5.7.1", "no")),
        signature_class="test",
        stored="20261124-ab",
    )
    assert told_of(event, MADE + 60) == {
        "queue_id": "4XyZ",
        "message_id": "<id@example.org>",
        "subject": "Hello",
        "sender": "a@example.org",
        "recipients": ["one@example.net", "two@example.net"],
        "recipient_count": 2,
        "client_name": "mail.example",
        "client_address": "192.0.2.1",
        "client_port": 2525,
        "helo": "",
        "local": False,
        "auth_name": None,
        "size": 1234,
        "verdict": "infected",
        "signatures": ["Eicar-Test-Signature"],
        "reason": None,
        "class": "test",
        "part": None,
        "locked": [],
        "anomalies": [],
        "banned": None,
        "disputed": [],
        "unlisted": [],
        "rule": "OnInfected Reject [a.conf:7]",
        "action": "reject",
        "reply": "550 5.7.1 no",
        "by_recipient": [],
        "excepted": [],
        "removed": [],
        "stored": "20261124-ab",
        "clamd": "unix:/run/clamd.ctl",
        "database": 27456,
        "database_age_s": 60,
        "attempts": 1,
        "scan_ms": 12.5,
        "total_ms": 250.0,
    }


@pytest.mark.parametrize(
    ("verdict", "word", "reason"),
    [
        (Clean(), "clean", None),
        (Empty(), "empty", None),
        (Infected(("x",)), "infected", None),
        (Unscanned("too large"), "unscanned", "too large"),
        (Failed("no clamd"), "failed", "no clamd"),
    ],
)
def test_verdicts(verdict: Verdict, word: str, reason: str | None) -> None:
    fields = told_of(judged(verdict), 0)
    assert (fields["verdict"], fields["reason"]) == (word, reason)


def test_the_part_in_which_something_was_found() -> None:
    part = FoundPart("2", ("a\n.exe", "b.txt"), "text/plain", "application/zip", 9, "ab", "base64")
    event = judged(EICAR)
    event = replace(event, report=replace(event.report, part=part, anomalies=("odd", "x" * 600)))
    fields = told_of(event, 0)
    assert fields["part"] == {
        "path": "2",
        "names": ["a\n.exe", "b.txt"],
        "declared": "text/plain",
        "detected": "application/zip",
        "size": 9,
        "sha256": "ab",
        "reading": "base64",
    }
    assert fields["anomalies"] == ["odd", "x" * 509 + "..."]


def test_what_recipients_and_exceptions_made_of_it() -> None:
    event = judged(Clean())
    decision = replace(
        event.decision,
        shares=(Share(b"<a@b>", Action.REJECT, Action.STORE, "r1"),),
        excepted=(Excepted("Sig", "e1"),),
    )
    fields = told_of(replace(event, decision=decision), 0)
    assert fields["by_recipient"] == [
        {"recipient": "a@b", "rule": "r1", "action": "Reject", "outcome": "Store"}
    ]
    assert fields["excepted"] == [{"signature": "Sig", "exception": "e1"}]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("Grüße".encode(), "Grüße"),
        (b"=?utf-8?q?a=0Ab=1B[2J=22?=", 'a\nb\x1b[2J"'),
        (b"a \xff b", "a ÿ b"),
        (b"=?idna?q?abc?=", "abc"),
    ],
)
def test_subjects_are_decoded(subject: bytes, expected: str) -> None:
    event = judged(Clean(), message(headers=HeaderFacts(subjects=(subject,))))
    assert told_of(event, 0)["subject"] == expected


def test_a_message_without_anything() -> None:
    event = judged(Clean(), message(recipients=(), headers=HeaderFacts(), client=Client("[::1]")))
    fields = told_of(event, 0)
    expected: dict[str, object] = {
        "subject": None,
        "message_id": None,
        "recipients": [],
        "client_name": "",
        "client_address": None,
        "client_port": None,
        "database": None,
        "database_age_s": None,
    }
    assert fields | expected == fields


def test_a_message_to_thousands_with_the_longest_of_everything_stays_small() -> None:
    long = "😀".encode() * 10_000
    many = tuple(b"<%d%b>" % (number, long) for number in range(3000))
    headers = HeaderFacts((long,), long, long)
    of = message(sender=long, recipients=many, headers=headers, client=Client(long.decode()))
    event = judged(Infected(("x" * 256,) * 1000), of, rule=long.decode())
    line = mail_records.judged(event, 0, Known())
    assert len(line.encode()) < 32 * 1024
    assert fields_of(line)["recipient_count"] == 3000


def test_exempt_and_released() -> None:
    fields = fields_of(
        mail_records.exempt(MessageExempt(message(), "sender in AllowList"), Known())
    )
    assert (fields["verdict"], fields["reason"]) == ("exempt", "sender in AllowList")
    fields = fields_of(mail_records.released(MessageReleased(message(), "id"), Known()))
    assert (fields["verdict"], fields["stored"]) == ("released", "id")
    assert (fields["queue_id"], fields["action"]) == ("4XyZ", "accept")


def test_what_was_taken_out() -> None:
    part = FoundPart("2", ("a.exe",), "text/plain", "application/zip", 9, "ab", "base64")
    event = judged(EICAR)
    decision = replace(event.decision, removed=(Hit(part, ("Eicar-Test-Signature",)),) * 99)
    fields = told_of(replace(event, decision=decision), 0)
    removed = fields["removed"]
    assert isinstance(removed, list)
    assert removed[0] == {
        "path": "2",
        "names": ["a.exe"],
        "declared": "text/plain",
        "detected": "application/zip",
        "size": 9,
        "sha256": "ab",
        "reading": "base64",
        "signatures": ["Eicar-Test-Signature"],
    }
    assert len(removed) < 99


def test_what_stays_locked() -> None:
    part = FoundPart("2", ("a.zip",), "", "application/zip", 9, "ab")
    event = judged(Clean())
    report = replace(event.report, locked=(Locked(part, "no password fits"),))
    locked = told_of(replace(event, report=report), 0)["locked"]
    assert isinstance(locked, list)
    assert (locked[0]["names"], locked[0]["why"]) == (["a.zip"], "no password fits")


def test_what_is_attached() -> None:
    part = FoundPart("2", ("a.zip",), "", "application/zip", 9, "ab")
    file = AttachedFile(("x/b\n.exe",), ("x/y",), part, ("a.zip",))
    event = judged(Clean())
    contents = Contents((file,), (part,) * 99, ("a.7z: its names are encrypted",))
    event = replace(
        event,
        report=replace(event.report, contents=contents),
        decision=replace(event.decision, banned=file),
    )
    fields = told_of(event, 0)
    assert fields["banned"] == {
        "names": ["x/b\n.exe"],
        "types": ["x/y"],
        "within": ["a.zip"],
        "part": mail_records.part_fields(part),
    }
    assert fields["unlisted"] == ["a.7z: its names are encrypted"]
    disputed = fields["disputed"]
    assert isinstance(disputed, list)
    assert 5 < len(disputed) < 99
    assert disputed[0] == mail_records.part_fields(part)


def test_a_record_of_the_longest_names_stays_short() -> None:
    part = FoundPart(
        "2", ("\u202e" * 5000,) * 10, "x" * 5000, "application/zip", 9, "ab", "r" * 999
    )
    file = AttachedFile(part.names, part.names, part, part.names)
    event = judged(Clean())
    contents = Contents((file,), (part,) * 20, part.names, part.names)
    report = replace(event.report, contents=contents, part=part, anomalies=part.names)
    event = replace(event, report=report, decision=replace(event.decision, banned=file))
    assert len(mail_records.judged(event, 0, Known()).encode()) < 16 * 1024
