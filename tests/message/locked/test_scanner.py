from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from tests.locked_zip import locked_zip

from clamgate.core.scanning import ScanError, ScanSource
from clamgate.core.signatures import Glob, SignatureClass, SignatureClasses
from clamgate.core.verdict import Clean, Failed, Infected, ScanReport, Unscanned, Verdict
from clamgate.message.locked.opener import Opened, Opener
from clamgate.message.locked.outcome import ZIP
from clamgate.message.locked.scanner import LockedScanner
from clamgate.message.mime.source import PartSource

MARK = b"From clamav-milter\n"
CLASSES = SignatureClasses([SignatureClass("encrypted", (Glob("Heuristics.Encrypted.*"),))])
BAD = locked_zip({"a.txt": b"bad"}, b"Fz7-kqx")


class FakeOpener(Opener):
    """Opens what begins as a zip does, if its password is among the words."""

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self.asked: list[Sequence[bytes]] = []
        self._why = why

    def open(self, archive: bytes, words: Sequence[bytes], keepalive: Callable[[], None]) -> Opened:
        keepalive()
        self.asked.append(words)
        if b"Fz7-kqx" not in words:
            return Opened(b"", "no password fits that is known")
        return Opened(b"opened: " + archive, self._why)


class FakeScanner:
    """Gives one verdict on messages, and finds what it is told to find in other things."""

    def __init__(self, whole: Verdict, found: dict[bytes, Verdict | None]) -> None:
        self.scanned: list[bytes] = []
        self._whole = whole
        self._found = found

    def scan(self, source: ScanSource, keepalive: Callable[[], None]) -> ScanReport:
        keepalive()
        data = b"".join(source.chunks())
        self.scanned.append(data)
        if data.startswith(MARK):
            return ScanReport(self._whole, "clamd", 1)
        for beginning, verdict in self._found.items():
            if data.startswith(beginning):
                if verdict is None:
                    raise ScanError("clamd is gone")
                return ScanReport(verdict)
        return ScanReport(Clean())


OPENED_BAD: dict[bytes, Verdict | None] = {b"opened: ": Infected(("Bad",))}


def scan(  # noqa: PLR0913  each is one thing that a test may want otherwise
    message: bytes,
    whole: Verdict,
    found: dict[bytes, Verdict | None] | None = None,
    opener: FakeOpener | None = None,
    *,
    tells: bool = False,
    thorough: bool = False,
) -> tuple[ScanReport, list[bytes], FakeOpener]:
    inner, opener = FakeScanner(whole, found or {}), opener or FakeOpener()
    scanner = LockedScanner(
        inner, inner, opener, CLASSES, tells=tells, thorough=thorough, mark=MARK
    )
    report = scanner.scan(PartSource(MARK + message), lambda: None)
    return report, inner.scanned[1:], opener


def mail(text: str, *files: bytes, subject: str = "a file", name: str = "a.zip") -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content(text)
    for file in files:
        message.add_attachment(file, maintype="application", subtype="zip", filename=name)
    return message.as_bytes(policy=SMTP)


@pytest.mark.parametrize(
    "message",
    [
        mail("The password is Fz7-kqx.", BAD),
        mail("see below", BAD, subject="password: Fz7-kqx"),
        mail("see below", BAD, subject="=?utf-8?q?Fz7-kqx?="),
        mail("see below", BAD, name="pw Fz7-kqx.zip"),
        mail("see below", BAD)
        .replace(b"text/plain", b"text/html")
        .replace(b"see below", b"<b>Fz7</b>-kqx"),
    ],
    ids=["text", "subject", "encoded subject", "file name", "HTML"],
)
def test_what_is_inside_is_scanned_once_the_message_gives_its_password(message: bytes) -> None:
    report, scanned, _ = scan(message, Clean(), OPENED_BAD)
    assert scanned == [b"opened: " + BAD]
    assert report.verdict == Infected(("Bad",))
    assert report.part is not None
    assert (report.part.path, report.part.size) == ("2", len(BAD))
    assert report.part.reading == "opened with a password"


def test_mail_without_a_locked_archive_costs_nothing_more() -> None:
    plain = b"PK\x03\x04, but not locked"
    for message in (mail("hello"), mail("hello", b"no archive"), mail("hello", plain)):
        report, scanned, opener = scan(message, Clean())
        assert (report, scanned, opener.asked) == (ScanReport(Clean(), "clamd", 1), [], [])


def test_what_stays_locked_is_said_and_counts_only_if_a_rule_asks() -> None:
    message = mail("no word of it", BAD)
    report, _, _ = scan(message, Clean())
    assert report.verdict == Clean()
    assert [(one.part.path, one.why) for one in report.locked] == [
        ("2", "no password fits that is known")
    ]
    report, _, _ = scan(message, Clean(), tells=True)
    assert report.verdict == Infected((ZIP,))


def test_what_is_partly_opened_is_scanned_and_said_to_be_locked_too() -> None:
    report, _, _ = scan(mail("Fz7-kqx", BAD), Clean(), OPENED_BAD, FakeOpener("some of it"))
    assert report.verdict == Infected(("Bad",))
    assert [one.why for one in report.locked] == ["some of it"]


def test_what_was_opened_is_not_locked_any_more() -> None:
    message = mail("Fz7-kqx", BAD)
    report, _, _ = scan(message, Infected((ZIP,)), tells=True)
    assert report == ScanReport(Clean(), "clamd", 1)


def test_unless_something_else_is() -> None:
    document = b"a locked zip in a zip"
    message = mail("Fz7-kqx", BAD, document)
    found: dict[bytes, Verdict | None] = {document: Infected((ZIP,))}
    report, scanned, _ = scan(message, Infected((ZIP,)), found)
    assert report.verdict == Infected((ZIP,))
    assert document in scanned


def test_malware_ends_it_unless_all_is_to_be_found() -> None:
    message = mail("Fz7-kqx", BAD)
    other = Infected(("Malware",))
    assert scan(message, other, OPENED_BAD)[2].asked == []
    report, _, _ = scan(message, other, OPENED_BAD, thorough=True)
    assert report.verdict == Infected(("Malware", "Bad"))
    assert [hit.signatures for hit in report.hits] == [("Bad",)]


def test_what_could_not_be_scanned_stays_so() -> None:
    report, _, opener = scan(mail("Fz7-kqx", BAD), Failed("no clamd"))
    assert (report.verdict, opener.asked) == (Failed("no clamd"), [])
    report, _, _ = scan(mail("Fz7-kqx", BAD), Unscanned("too large"))
    assert report.verdict == Unscanned("too large")


def test_contents_without_a_verdict_fail_the_scan_unless_something_was_found() -> None:
    message = mail("Fz7-kqx", BAD)
    gone: dict[bytes, Verdict | None] = {b"opened: ": None}
    with pytest.raises(ScanError, match="gone"):
        scan(message, Clean(), gone)
    report, _, _ = scan(message, Infected(("Heuristics.Encrypted.Doc",)), gone)
    why = Failed("its archives could not be scanned: clamd is gone")
    assert report.verdict == Infected(("Heuristics.Encrypted.Doc",), why)


def test_what_was_not_looked_at_in_the_message_is_told_behind_what_was_found() -> None:
    message, why = mail("Fz7-kqx", BAD), Failed("a part could not be scanned")
    found = Infected(("Heuristics.Encrypted.Doc",), why)
    assert scan(message, found)[0].verdict == found
    # That it is locked is taken back once it was opened.
    assert scan(message, Infected(("Heuristics.Encrypted.Zip",), why))[0].verdict == why


def test_of_many_archives_the_first_are_tried_and_the_rest_is_said_to_be_locked() -> None:
    files = [locked_zip({"a": b"%d" % number}, b"x") for number in range(12)]
    report, _, opener = scan(mail("Fz7-kqx", *files), Clean())
    assert len(opener.asked) == 10
    assert [one.why for one in report.locked] == ["there are too many to try"] * 2


def test_in_mail_that_programs_read_in_several_ways_it_is_looked_for_everywhere() -> None:
    message = mail("Fz7-kqx", BAD)
    odd = re.sub(rb"base64\r\n", b"x-base64\r\n", message).replace(b"UEsDB", b"\tUEsDB")
    assert scan(odd, Clean(), OPENED_BAD)[0].verdict == Infected(("Bad",))


def test_a_large_message() -> None:
    message = mail("Fz7-kqx", BAD, bytes(4 << 20))
    assert scan(message, Clean(), OPENED_BAD)[0].verdict == Infected(("Bad",))


def test_7z_is_tried_too() -> None:
    archive = (Path(__file__).parent / "archives" / "locked-names.7z").read_bytes()
    report, _, _ = scan(mail("Fz7-kqx", archive, name="a.7z"), Clean(), OPENED_BAD)
    assert report.verdict == Infected(("Bad",))


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
@pytest.mark.parametrize("filler", [0, 65_400, 65_500, 65_536, 200_000])
def test_wherever_it_begins_it_is_seen(encoding: str, filler: int) -> None:
    """It is looked for in pieces: it may stand across the end of one."""
    message = EmailMessage()
    message["Subject"] = "Fz7-kqx"
    message.set_content("x" * 70 + "\n")
    message.add_attachment(
        BAD, maintype="application", subtype="zip", filename="a.zip", cte=encoding
    )
    lines = (b"x" * 70 + b"\r\n") * (filler // 72) + b"y" * (filler % 72) + b"\r\n"
    whole = message.as_bytes(policy=SMTP).replace(b"x" * 70 + b"\r\n", lines, 1)
    assert scan(whole, Clean(), OPENED_BAD)[0].verdict == Infected(("Bad",))
