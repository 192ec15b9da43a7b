from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tests.core.policies import people, rule
from tests.hiding.model import OUTER
from tests.message.mime.test_strip import BAD, encoded
from tests.message.mime.test_structure import FILE, TEXT, multipart
from tests.mta.doubles import RecordingObserver, RecordingStore

from clamgate.core.contents import FileCondition, FilePattern
from clamgate.core.decision import Decision, DeleteRecipient, Disposition, ReplaceBody
from clamgate.core.events import Fault, MessageJudged
from clamgate.core.rules import Action, HeaderMode, Kind, Rules, SignatureException
from clamgate.core.scanning import ScanError, ScanSource
from clamgate.core.settings import Clamd, Listen, Settings, Spooling, UnixEndpoint
from clamgate.core.signatures import Glob
from clamgate.core.verdict import Clean, Infected, ScanReport, Unscanned, Verdict
from clamgate.daemon.wiring import make_services
from clamgate.harness.mailfile import MailFile
from clamgate.mta.session import Session
from clamgate.mta.stripping import CHUNK

STRIP = Rules(on_infected=Action.STRIP, add_header=HeaderMode.REPLACE)
CLEAN = Clean()
HEAD = OUTER + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
UNCLEAR = OUTER + multipart(TEXT, encoded(BAD)).replace(b"--x--\r\n", b"")


@dataclass
class FileScanner:
    """Finds ``Bad`` in a file that begins with ``bad:``, and in a message that has one in base64.

    `again` is its answer on a message that something was taken out of; None if it has none.
    """

    again: Verdict | None = field(default_factory=Clean)
    scanned: list[bytes] = field(default_factory=list)

    def scan(self, source: ScanSource, keepalive: Callable[[], None]) -> ScanReport:
        keepalive()
        data = b"".join(source.chunks())
        self.scanned.append(data)
        if b"removed by the mail filter" in data and data.startswith(b"From clamav-milter\n"):
            if self.again is None:
                raise ScanError("clamd is gone")
            return ScanReport(self.again)
        is_bad = data.startswith(b"bad:") or b"YmFkOi" in data
        return ScanReport(Infected(("Bad",)) if is_bad else Clean())


@dataclass
class Trial:
    """A session and what it was given."""

    session: Session
    scanner: FileScanner
    observer: RecordingObserver = field(default_factory=RecordingObserver)
    store: RecordingStore = field(default_factory=RecordingStore)

    def begin(self, message: bytes, *recipients: bytes) -> None:
        """Send all of a message but its end."""
        self.session.mail(b"<a@x.example>", None)
        for recipient in recipients or (b"<b@y.example>",):
            self.session.rcpt(recipient)
        mail = MailFile(BytesIO(message))
        for name, value in mail.fields():
            self.session.header(name, value)
        for piece in mail.body():
            self.session.body(piece)

    def send(self, message: bytes, *recipients: bytes) -> tuple[Decision, bytes]:
        """Send a message; return what is decided, and the body that the MTA is given."""
        self.begin(message, *recipients)
        decision = self.session.end("Q1", lambda: None)
        body = b"".join(
            piece
            for edit in decision.edits
            if isinstance(edit, ReplaceBody)
            for piece in edit.pieces
        )
        self.session.abort()
        return decision, body


@pytest.fixture
def trial(tmp_path: Path) -> Callable[..., Trial]:
    def make(rules: Rules = STRIP, again: Verdict | None = CLEAN, **spooling: Any) -> Trial:
        settings = Settings(
            Listen(UnixEndpoint("/nowhere")),
            Clamd((UnixEndpoint("/nowhere"),)),
            spooling=replace(Spooling(temporary_directory=str(tmp_path)), **spooling),
            rules=rules,
        )
        scanner, observer, store = FileScanner(again), RecordingObserver(), RecordingStore()
        services = make_services(settings, scanner, observer, store)
        return Trial(Session(services), scanner, observer, store)

    return make


Make = Callable[..., Trial]


def test_the_rest_is_delivered_and_what_was_taken_out_is_told(trial: Make) -> None:
    one = trial()
    bad = encoded(BAD, b"Content-Type: application/x; name=a.exe")
    decision, body = one.send(OUTER + multipart(TEXT, bad, FILE))
    assert decision.disposition is Disposition.ACCEPT
    before, _, behind = multipart(TEXT, bad, FILE).partition(b"\r\n\r\n")[2].partition(bad)
    assert body.startswith(before)
    assert body.endswith(behind)
    notice = body[len(before) : -len(behind)]
    assert notice.endswith(b"Rule:    OnInfected Strip")
    assert [(hit.part.names, hit.signatures) for hit in decision.removed] == [
        (("a.exe",), ("Bad",))
    ]
    assert [getattr(edit, "value", "") for edit in decision.edits][-1] == "Stripped (Bad)"
    (event,) = one.observer.of(MessageJudged)
    assert event.decision == decision
    assert one.store.stored == []


def test_it_is_scanned_again_whole_and_in_parts_before_it_is_delivered(trial: Make) -> None:
    one = trial()
    decision, body = one.send(OUTER + multipart(TEXT, encoded(BAD), FILE))
    again = one.scanner.scanned.index(b"From clamav-milter\n" + HEAD + body)
    removed, text, file = sorted(one.scanner.scanned[again + 1 :])
    assert removed.startswith(b"A part of this message was removed")
    assert (text, file) == (b"Hello.\r\n", b"abc")
    assert decision.removed


@pytest.mark.parametrize(
    "left", [Infected(("Bad",)), Infected(("Other",)), Unscanned("over clamd's limits")]
)
def test_what_is_not_clean_then_is_not_delivered(trial: Make, left: Verdict) -> None:
    one = trial(again=left)
    decision, body = one.send(OUTER + multipart(TEXT, encoded(BAD)))
    assert (decision.disposition, decision.removed, body) == (Disposition.REJECT, (), b"")
    assert decision.rule == (
        "OnInfected Strip, but what is left of it is not to be delivered: OnUnstrippable Reject"
    )


def test_what_cannot_be_scanned_then_is_not_delivered(trial: Make) -> None:
    one = trial(replace(STRIP, on_fail=Action.ACCEPT), again=None)
    decision, _ = one.send(OUTER + multipart(TEXT, encoded(BAD)))
    assert decision.disposition is Disposition.DEFER
    (fault,) = one.observer.of(Fault)
    assert fault == Fault(
        "strip", "ScanError: clamd is gone (OnFail Accept, but not accepted: Defer)"
    )


def test_what_is_unclear_goes_the_other_way(trial: Make) -> None:
    one = trial(replace(STRIP, on_unstrippable=Action.QUARANTINE))
    decision, _ = one.send(UNCLEAR)
    assert decision.disposition is Disposition.QUARANTINE
    assert decision.rule == (
        "OnInfected Strip, but its structure can be read in several ways: OnUnstrippable Quarantine"
    )


def test_a_message_beyond_max_file_size_goes_the_other_way(trial: Make) -> None:
    one = trial(max_file_size=4000)
    filler = b"Content-Type: text/plain\r\n\r\n" + b"x" * 4000
    decision, _ = one.send(OUTER + multipart(encoded(BAD), TEXT, filler))
    assert decision.rule.endswith("it is larger than MaxFileSize: OnUnstrippable Reject")


def test_so_does_one_that_would_be_beyond_it_with_the_text(trial: Make) -> None:
    message = OUTER + multipart(encoded(b"bad: x"), TEXT)
    one = trial(max_file_size=len(message) + 100)
    decision, _ = one.send(message)
    assert "what is left of it is larger than MaxFileSize" in decision.rule


def test_clean_mail_is_not_touched(trial: Make) -> None:
    one = trial()
    decision, _ = one.send(OUTER + multipart(TEXT, FILE))
    assert decision.removed == ()
    assert not any(isinstance(edit, ReplaceBody) for edit in decision.edits)
    assert len(one.scanner.scanned) == 1


def test_the_original_is_stored_if_copies_are_kept(trial: Make) -> None:
    one = trial(replace(STRIP, keep_copy=True))
    message = OUTER + multipart(TEXT, encoded(BAD))
    decision, body = one.send(message)
    assert body
    ((stored, record),) = one.store.stored
    assert stored == message
    assert [kept.action for kept in record.kept] == [Action.STRIP]
    (event,) = one.observer.of(MessageJudged)
    assert (event.stored, event.decision) == ("id-1", decision)


def test_one_may_have_it_and_the_other_gets_it_stripped_or_not_at_all(trial: Make) -> None:
    exception = SignatureException(Glob("Bad"), recipients=people("one@y.example"))
    one = trial(replace(STRIP, exceptions=(exception,)))
    both = (b"<one@y.example>", b"<two@y.example>")
    decision, body = one.send(OUTER + multipart(TEXT, encoded(BAD)), *both)
    assert decision.disposition is Disposition.ACCEPT
    assert b"removed" in body
    assert BAD not in body
    decision, body = one.send(UNCLEAR, *both)
    assert body == b""
    assert decision.edits[-1] == DeleteRecipient(b"<two@y.example>")
    assert [kept.recipient for kept in decision.kept] == [b"<two@y.example>"]


def test_a_large_one_goes_through_a_file_and_leaves_nothing_behind(trial: Make) -> None:
    one = trial()
    large = b"Content-Type: text/plain\r\n\r\n" + b"0123456789abcdef" * 62 + b"\r\n"
    text = large * 5000
    decision, body = one.send(OUTER + multipart(text, encoded(BAD), FILE))
    assert decision.removed
    assert text in body
    (edit,) = [one for one in decision.edits if isinstance(one, ReplaceBody)]
    with pytest.raises(ValueError, match="closed"):
        list(edit.pieces)


def test_its_pieces_are_as_long_as_libmilter_sends_them(trial: Make) -> None:
    one = trial()
    filler = b"Content-Type: text/plain\r\n\r\n" + b"x" * 200_000
    one.begin(OUTER + multipart(filler, encoded(BAD)))
    decision = one.session.end("Q1", lambda: None)
    (edit,) = [one for one in decision.edits if isinstance(one, ReplaceBody)]
    lengths = [len(piece) for piece in edit.pieces]
    assert set(lengths[:-1]) == {CHUNK}
    assert 0 < lengths[-1] <= CHUNK
    one.session.close()


def test_a_full_disk_lets_nothing_through(trial: Make, tmp_path: Path) -> None:
    one = trial(max_memory=0)
    one.begin(OUTER + multipart(TEXT, encoded(BAD)))
    tmp_path.rename(tmp_path.with_name("gone"))
    decision = one.session.end("Q1", lambda: None)
    assert decision.disposition is Disposition.DEFER
    (fault,) = one.observer.of(Fault)
    assert fault.where == "strip"
    assert "cannot make a file in" in fault.reason


def test_a_file_that_must_not_be_attached_goes_though_nothing_was_found(trial: Make) -> None:
    files = FileCondition((FilePattern("*.exe"),))
    ban = rule(Action.STRIP, kinds=frozenset({Kind.CLEAN}), files=files)
    one = trial(Rules(ahead=(ban,), add_header=HeaderMode.REPLACE))
    exe = encoded(b"good: x", b"Content-Type: application/x; name=a.exe")
    decision, body = one.send(OUTER + multipart(TEXT, exe, FILE))
    before, _, behind = multipart(TEXT, exe, FILE).partition(b"\r\n\r\n")[2].partition(exe)
    assert body.startswith(before)
    assert body.endswith(behind)
    assert b"Found:" not in body
    assert b"Rule:    rule Strip" in body
    assert [(hit.part.names, hit.signatures) for hit in decision.removed] == [(("a.exe",), ())]
    assert [getattr(edit, "value", "") for edit in decision.edits][-1] == "Stripped (rule Strip)"
    decision, body = one.send(OUTER + multipart(TEXT, FILE))
    assert (decision.removed, body) == ((), b"")
