from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.observe import examples
from tests.observe.examples import EICAR, message

from clamgate.core.contents import AttachedFile, Contents
from clamgate.core.decision import Decision, Disposition, Excepted, Share
from clamgate.core.envelope import Client, Envelope, HeaderFacts, Message
from clamgate.core.events import MessageExempt, MessageReleased
from clamgate.core.parts import FoundPart
from clamgate.core.rules import Action
from clamgate.core.settings import LogDetail, Logging
from clamgate.core.verdict import Clean, Empty, Failed, Hit, Infected, Locked, Unscanned, Verdict
from clamgate.observe.mail_lines import exempt, judged, released
from clamgate.observe.sink import Level, Said

OFF = Logging()
VERBOSE = Logging(verbose=True)
BASIC = Logging(infected=LogDetail.BASIC, clean=LogDetail.BASIC)
FULL = Logging(infected=LogDetail.FULL, clean=LogDetail.FULL)

DETAILS = "with subject 'Hello' message-id '<id@example.org>' date 'Mon, 1 Jan 2024 00:00:00 +0000'"


def said_of(
    verdict: Verdict,
    logging: Logging,
    of: Message | None = None,
    *,
    each_recipient: bool = False,
) -> list[Said]:
    said = judged(examples.judged(verdict, of), logging, each_recipient=each_recipient)
    return [line for line in said if line[0] is not Level.DEBUG]


def test_nothing_is_said_of_mail_unless_asked_for() -> None:
    assert said_of(EICAR, OFF) == []
    assert said_of(Clean(), OFF) == []


def test_no_line_is_made_of_clean_mail_that_nobody_asked_for() -> None:
    assert judged(examples.judged(Clean()), OFF, each_recipient=False) == []
    (line,) = judged(examples.judged(Clean()), VERBOSE, each_recipient=False)
    assert line[0] is Level.DEBUG


def test_infected_and_clean_are_asked_for_separately() -> None:
    assert said_of(Clean(), Logging(infected=LogDetail.FULL)) == []
    assert said_of(EICAR, Logging(clean=LogDetail.FULL)) == []


def test_infected_basic() -> None:
    assert said_of(EICAR, BASIC) == [
        (
            Level.INFO,
            "Message from <a@example.org> to <two@example.net> infected by Eicar-Test-Signature",
        )
    ]


def test_infected_full() -> None:
    assert said_of(EICAR, FULL) == [
        (
            Level.INFO,
            (
                f"Message 4XyZ from <a@example.org> to <two@example.net> {DETAILS} "
                "infected by Eicar-Test-Signature"
            ),
        )
    ]


def test_clean_basic() -> None:
    assert said_of(Clean(), BASIC) == [
        (Level.INFO, "Clean message from <a@example.org> to <two@example.net>")
    ]


def test_clean_full() -> None:
    assert said_of(Clean(), FULL) == [
        (Level.INFO, f"Clean message 4XyZ from <a@example.org> to <two@example.net> {DETAILS}")
    ]


def test_the_part_in_which_something_was_found_is_named() -> None:
    part = FoundPart("2", ("a\n.exe", "b.txt"), "text/plain", "application/zip", 9, "ab", "base64")
    event = examples.judged(examples.EICAR)
    event = replace(event, report=replace(event.report, part=part))
    *_, (_, line) = judged(event, VERBOSE, each_recipient=False)
    assert line.endswith(
        ": found in part 2: 'a .exe', 'b.txt'; text/plain or application/zip; 9 bytes; base64;"
        " sha256 ab"
    )
    assert len(judged(event, BASIC, each_recipient=False)) == 1


def test_what_was_taken_out_is_told_whatever_is_asked_for() -> None:
    part = FoundPart("2", ("a\n.exe",), "text/plain", "", 9, "ab")
    event = examples.judged(examples.EICAR, rule="OnInfected Strip [a.conf:7]")
    decision = replace(
        event.decision, removed=(Hit(part, ("Eicar", "X\n")), Hit(part, ())), ruled=True
    )
    named = "Message 4XyZ from <a@example.org> to <two@example.net> and 1 more"
    assert judged(replace(event, decision=decision), OFF, each_recipient=False) == [
        (
            Level.INFO,
            f"{named} is infected (Eicar-Test-Signature): OnInfected Strip [a.conf:7]",
        ),
        (
            Level.INFO,
            f"{named}: removed for Eicar, X : part 2: 'a .exe'; text/plain; 9 bytes; sha256 ab",
        ),
        (Level.INFO, f"{named}: removed: part 2: 'a .exe'; text/plain; 9 bytes; sha256 ab"),
    ]


def test_with_each_recipient_there_is_a_line_for_each_with_its_own_brackets_too() -> None:
    assert [text for _, text in said_of(EICAR, BASIC, each_recipient=True)] == [
        "Message from <a@example.org> to <<one@example.net>> infected by Eicar-Test-Signature",
        "Message from <a@example.org> to <<two@example.net>> infected by Eicar-Test-Signature",
    ]
    assert [text for _, text in said_of(Clean(), BASIC, each_recipient=True)] == [
        "Clean message from <a@example.org> to <<one@example.net>>",
        "Clean message from <a@example.org> to <<two@example.net>>",
    ]


def test_what_is_missing_is_unknown() -> None:
    bare = message(sender=b"<>", recipients=(), headers=HeaderFacts(), queue_id="")
    assert said_of(EICAR, FULL, bare) == [
        (
            Level.INFO,
            (
                "Message UNKNOWN from <> to <UNKNOWN> with subject 'UNKNOWN' message-id 'UNKNOWN' "
                "date 'UNKNOWN' infected by Eicar-Test-Signature"
            ),
        )
    ]


def ruled(stored: str = "", **decision: Any) -> list[str]:
    """Return the lines for an infected message that a rule in front of the last four decides."""
    event = examples.judged(EICAR)
    made = Decision(Disposition.ACCEPT, rule="OnSignature test Tag [a.conf:4]", **decision)
    said = judged(replace(event, decision=made, stored=stored), OFF, each_recipient=False)
    return [text for level, text in said if level is not Level.DEBUG]


WHO = "Message 4XyZ from <a@example.org> to <two@example.net>"


def test_a_rule_in_front_of_the_last_is_always_named() -> None:
    assert ruled(ruled=True) == [
        f"{WHO} and 1 more is infected (Eicar-Test-Signature): OnSignature test Tag [a.conf:4]"
    ]


def test_each_recipient_is_named_where_they_differ() -> None:
    shares = (
        Share(b"<one@example.net>", Action.TAG, Action.TAG, "OnSignature test Tag [a.conf:4]"),
        Share(b"<two@example.net>", Action.REJECT, Action.STORE, "OnInfected Reject [a.conf:2]"),
    )
    assert ruled(ruled=True, shares=shares) == [
        "Message 4XyZ from <a@example.org> to <one@example.net>: OnSignature test Tag [a.conf:4]",
        f"{WHO}: OnInfected Reject [a.conf:2], handled as Store",
    ]


def test_what_is_excepted_is_said_and_is_not_called_infected() -> None:
    excepted = (Excepted("Eicar-Test-Signature", "ExceptSignature Eicar* [a.conf:3]"),)
    event = examples.judged(EICAR)
    made = Decision(Disposition.ACCEPT, verdict=Clean(), excepted=excepted)
    said = judged(replace(event, decision=made), BASIC, each_recipient=False)
    assert [text for level, text in said if level is Level.INFO] == [
        "Clean message from <a@example.org> to <two@example.net>",
        (
            f"{WHO} and 1 more: Eicar-Test-Signature does not count"
            " (ExceptSignature Eicar* [a.conf:3])"
        ),
    ]


def test_what_is_stored_is_named_by_its_id() -> None:
    assert ruled(stored="20261125-abc") == [f"{WHO} and 1 more is stored as 20261125-abc"]


@pytest.mark.parametrize("disposition", list(Disposition))
def test_infected_mail_is_logged_whatever_becomes_of_it(disposition: Disposition) -> None:
    event = examples.judged(EICAR, disposition=disposition)
    assert judged(event, BASIC, each_recipient=False)[0][1].endswith("Eicar-Test-Signature")


def test_a_subject_cannot_pretend_to_be_another_field() -> None:
    forged = message(headers=HeaderFacts(subjects=(b"x' message-id 'y\r\nClean message",)))
    (_, text), *_ = said_of(EICAR, FULL, forged)
    assert "with subject 'x  message-id  y Clean message' message-id 'UNKNOWN'" in text


def test_an_empty_message_is_not_called_clean() -> None:
    assert said_of(Empty(), FULL) == []
    lines = judged(examples.judged(Empty()), FULL, each_recipient=False)
    assert lines[0] == (Level.DEBUG, "Not scanning an empty message")


@pytest.mark.parametrize("logging", [OFF, FULL])
def test_unscanned_mail_is_always_warned_of(logging: Logging) -> None:
    event = examples.judged(Unscanned("larger than MaxFileSize"), rule="OnOversize Accept")
    assert judged(event, logging, each_recipient=True)[:1] == [
        (
            Level.WARNING,
            (
                "Message 4XyZ from <a@example.org> to <two@example.net> and 1 more "
                "not scanned in full: larger than MaxFileSize (OnOversize Accept)"
            ),
        )
    ]


@pytest.mark.parametrize("logging", [OFF, FULL])
def test_a_failed_scan_is_an_error_with_its_reason_and_what_was_done(logging: Logging) -> None:
    event = examples.judged(
        Failed("no clamd\nanswers"), message(recipients=(b"<r@x>",)), rule="OnFail Defer"
    )
    assert judged(event, logging, each_recipient=False)[:1] == [
        (
            Level.ERROR,
            (
                "Message 4XyZ from <a@example.org> to <r@x> "
                "could not be scanned: no clamd answers (OnFail Defer)"
            ),
        )
    ]


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (Clean(), "clean"),
        (Empty(), "empty"),
        (Infected(("A", "B")), "infected (A, B)"),
        (Unscanned("why"), "unscanned (why)"),
        (Failed("why"), "failed (why)"),
    ],
)
def test_the_verbose_line_says_how_the_verdict_was_come_by(verdict: Verdict, word: str) -> None:
    event = examples.judged(verdict, disposition=Disposition.REJECT, rule="OnX Reject")
    assert judged(event, VERBOSE, each_recipient=False)[-1] == (
        Level.DEBUG,
        (
            f"Message 4XyZ is {word}: client mail.example[192.0.2.1], 1234 bytes, "
            "clamd unix:/run/clamd.ctl, attempts 1, scan 12.5 ms, in all 250.0 ms, "
            "OnX Reject: reject"
        ),
    )


def test_a_verdict_without_a_clamd_says_so() -> None:
    event = examples.judged(Empty())
    event = replace(event, report=replace(event.report, clamd=""))
    assert "clamd none," in judged(event, VERBOSE, each_recipient=False)[-1][1]


def test_an_exempt_sender_is_named_with_client_and_user() -> None:
    envelope = Envelope(examples.CLIENT, b"<a@x>", auth_name="Zoë\n".encode())
    event = MessageExempt(Message(envelope), "authenticated user matches SkipAuthenticated")
    assert exempt(event) == (
        "Skipping scan for <a@x> (authenticated user matches SkipAuthenticated), "
        "client mail.example[192.0.2.1], user Zoë "
    )


def test_exempt_recipients_are_named() -> None:
    envelope = Envelope(Client("", local=True), b"<>", (b"<r@x>",))
    event = MessageExempt(Message(envelope), "all recipients in AllowList")
    assert exempt(event) == (
        "Skipping scan for <> to <r@x> (all recipients in AllowList), client local"
    )


def test_a_release_is_told() -> None:
    assert released(MessageReleased(message(), "261125-x")) == (
        "Message 4XyZ from <a@example.org> to <two@example.net> and 1 more"
        " is released from the quarantine: 261125-x"
    )


def test_what_stays_locked_is_told_where_all_is() -> None:
    part = FoundPart("2", ("a.zip",), "", "application/zip", 9, "ab")
    event = examples.judged(Clean())
    event = replace(event, report=replace(event.report, locked=(Locked(part, "no\nidea"),)))
    *_, (level, line) = judged(event, VERBOSE, each_recipient=False)
    assert level is Level.DEBUG
    assert line.endswith(
        ": stays locked: part 2: 'a.zip'; application/zip; 9 bytes; sha256 ab; no idea"
    )
    assert judged(event, OFF, each_recipient=False) == []


def test_what_rules_have_against_what_is_attached_is_told() -> None:
    part = FoundPart("2", ("a.zip",), "", "application/zip", 9, "ab")
    file = AttachedFile(("x/b\n.exe",), (), part, ("a.zip",))
    event = examples.judged(Clean())
    contents = Contents((file,), (part,), ("a.7z: its names\nare encrypted",))
    event = replace(
        event,
        report=replace(event.report, contents=contents),
        decision=replace(event.decision, banned=file),
    )
    said = judged(event, VERBOSE, each_recipient=False)
    lines = [line.partition(" and 1 more: ")[2] for _, line in said]
    words = "part 2: 'a.zip'; application/zip; 9 bytes; sha256 ab"
    assert lines[-3:] == [
        f"not to be attached: 'x/b?.exe in a.zip', that is {words}",
        f"not shown by all programs: {words}",
        "not listed: a.7z: its names are encrypted",
    ]
