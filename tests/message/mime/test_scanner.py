from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.hiding import encodings, headings
from tests.hiding.model import OUTER
from tests.hiding.places import HidingPlace, singles

from clamgate.core.scanning import ScanError, ScanSource
from clamgate.core.settings import ScanParts
from clamgate.core.signatures import Glob, SignatureClass, SignatureClasses
from clamgate.core.verdict import Clean, Empty, Failed, Infected, ScanReport, Unscanned, Verdict
from clamgate.message.mime.attached import NOTHING_WANTED, Wanted
from clamgate.message.mime.scanner import PartsScanner
from clamgate.message.mime.source import PartSource

MARK = b"From clamav-milter\n"
CLASSES = SignatureClasses([SignatureClass("heuristic", (Glob("Soft.*"),))])
BAD = b"bad: " + bytes(range(256))
FILES, ALL = Wanted(files=True), Wanted(files=True, ambiguity=True)


class WordScanner:
    """Finds ``Bad`` in what begins with ``bad:``, and ``Soft.Word`` in what begins with ``soft:``.

    Args:
        whole: The verdict on what is a message.
    """

    def __init__(self, whole: Verdict) -> None:
        self.scanned: list[bytes] = []
        self._whole = whole

    def scan(self, source: ScanSource, keepalive: Callable[[], None]) -> ScanReport:
        keepalive()
        data = b"".join(source.chunks())
        self.scanned.append(data)
        return ScanReport(self._verdict(data), "clamd", 1, 0.5)

    def _verdict(self, data: bytes) -> Verdict:
        if data.startswith(MARK):
            return self._whole
        if data.startswith(b"broken:"):
            raise ScanError("clamd is gone")
        if data.startswith(b"vast:"):
            return Unscanned("over clamd's limits")
        if match := re.match(rb"(bad|soft):", data):
            return Infected(("Bad" if match[1] == b"bad" else "Soft.Word",))
        return Clean()


def scan(  # noqa: PLR0913  each is one thing that a test may want otherwise
    message: bytes,
    whole: Verdict,
    mode: ScanParts = ScanParts.AUTO,
    clock: Callable[[], float] = lambda: 0.0,
    *,
    thorough: bool = False,
    wanted: Wanted = NOTHING_WANTED,
) -> tuple[ScanReport, list[bytes]]:
    inner = WordScanner(whole)
    scanner = PartsScanner(
        inner, mode, CLASSES, 10.0, thorough=thorough, wanted=wanted, mark=MARK, clock=clock
    )
    report = scanner.scan(PartSource(MARK + message), lambda: None)
    return report, sorted(inner.scanned[1:])


def attached(*files: bytes, odd: bool = False) -> bytes:
    """Return a message with these files; an odd one may be read in several ways."""
    entities = [headings.plain(encodings.plain(file)) for file in files]
    body = b"".join(b"--x\r\n" + entity + b"\r\n" for entity in entities) + b"--x--\r\n"
    kind = b"Content-Type: multipart/mixed; boundary=x" + (b"; boundary=y" if odd else b"")
    return OUTER + kind + b"\r\n\r\n" + body


def test_ordinary_mail_in_which_nothing_was_found_is_scanned_once() -> None:
    report, parts = scan(attached(BAD), Clean())
    assert report == ScanReport(Clean(), "clamd", 1, 0.5)
    assert parts == []


@pytest.mark.parametrize("mode", ScanParts)
@pytest.mark.parametrize("wanted", [NOTHING_WANTED, FILES])
def test_mail_is_told_to_be_canonical_only_if_it_is(mode: ScanParts, wanted: Wanted) -> None:
    for odd in (False, True):
        inner = WordScanner(Clean())
        scanner = PartsScanner(
            inner, mode, CLASSES, 10.0, wanted=wanted, mark=MARK, tells_canonical=True
        )
        message = PartSource(MARK + attached(b"good", odd=odd))
        is_asked = mode is ScanParts.AUTO or bool(wanted)
        assert scanner.scan(message, lambda: None).is_canonical is (is_asked and not odd)


def test_mail_over_which_programs_may_disagree_is_scanned_in_parts() -> None:
    report, parts = scan(attached(b"good", BAD, odd=True), Clean())
    assert parts == [BAD, b"good"]
    assert report.verdict == Infected(("Bad",))
    assert report.part is not None
    assert (report.part.path, report.part.size) == ("2", len(BAD))


def test_what_programs_disagree_on_is_told() -> None:
    message = b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nhello\r\n"
    report, _ = scan(message, Clean())
    assert report.anomalies == (
        "more than one Content-Type",
        "a Content-Type that can be read in several ways",
    )


def test_always_is_for_ordinary_mail_too() -> None:
    report, parts = scan(attached(BAD), Clean(), ScanParts.ALWAYS)
    assert parts == [BAD]
    assert report.verdict == Infected(("Bad",))


def test_after_a_hit_the_part_is_looked_for() -> None:
    report, parts = scan(attached(b"good", BAD, *([b"late"] * 9)), Infected(("Bad",)))
    assert {b"good", BAD} <= set(parts)
    assert report.verdict == Infected(("Bad",))
    assert report.part is not None
    assert report.part.path == "2"


def test_all_that_it_is_in_is_looked_for_where_that_is_asked_for() -> None:
    soft, other = b"soft: x", b"bad: another"
    message = attached(BAD, b"good", soft, other, BAD)
    report, parts = scan(message, Infected(("Bad",)), thorough=True)
    assert parts == [BAD, other, b"good", soft]
    assert report.verdict == Infected(("Bad", "Soft.Word"))
    assert [(hit.part.path, hit.signatures) for hit in report.hits] == [
        ("1", ("Bad",)),
        ("3", ("Soft.Word",)),
        ("4", ("Bad",)),
    ]
    assert report.part == report.hits[0].part


def test_clean_mail_costs_no_more_where_all_is_asked_for() -> None:
    report, parts = scan(attached(BAD), Clean(), thorough=True)
    assert (parts, report.hits) == ([], ())


def test_a_hit_that_no_part_explains_stays_one() -> None:
    report, _ = scan(attached(b"good"), Infected(("Elsewhere",)))
    assert report.verdict == Infected(("Elsewhere",))
    assert report.part is None


def test_a_soft_hit_does_not_hide_a_hard_one() -> None:
    report, parts = scan(attached(b"soft: x", BAD), Infected(("Soft.Word",)))
    assert parts == [BAD, b"soft: x"]
    assert report.verdict == Infected(("Bad", "Soft.Word"))
    assert report.part is not None
    assert report.part.path == "2"


@pytest.mark.parametrize("whole", [Failed("gone"), Empty()])
def test_without_a_verdict_on_the_whole_there_are_no_parts(whole: Verdict) -> None:
    report, parts = scan(attached(BAD, odd=True), whole)
    assert (report.verdict, parts) == (whole, [])


def test_a_message_that_was_not_looked_at_whole_is_looked_at_in_parts() -> None:
    whole = Unscanned("over clamd's MaxScanSize")
    assert scan(attached(BAD), whole)[0].verdict == Infected(("Bad",), whole)
    assert scan(attached(b"good"), whole)[0].verdict == whole


def test_a_part_that_was_not_looked_at_whole_is_told() -> None:
    report, _ = scan(attached(b"vast: x", odd=True), Clean())
    assert report.verdict == Unscanned("over clamd's limits")


def test_a_part_that_cannot_be_scanned_fails_the_message() -> None:
    with pytest.raises(ScanError, match="clamd is gone"):
        scan(attached(b"broken: x", odd=True), Clean())


def test_a_part_that_cannot_be_scanned_does_not_hide_what_is_in_the_next() -> None:
    report, _ = scan(attached(b"broken: x", BAD, odd=True), Clean())
    assert report.verdict == Infected(("Bad",))


@pytest.mark.parametrize("number", range(1, 12))
def test_of_many_parts_the_one_is_named(number: int) -> None:
    files = [b"good %d" % other for other in range(12)]
    files[number - 1] = BAD
    report, parts = scan(attached(*files, odd=True), Clean())
    assert BAD in parts
    assert report.part is not None
    assert report.part.path == str(number)


def test_what_was_found_stays_found_when_a_part_cannot_be_scanned() -> None:
    why = Failed("its parts could not be scanned: clamd is gone")
    for whole in (Infected(("Bad",)), Infected(("Soft.Word",))):
        report, _ = scan(attached(b"broken: x"), whole)
        assert report.verdict == replace(whole, rest=why)


def test_behind_a_soft_hit_it_is_told_what_was_not_looked_at_whole() -> None:
    report, _ = scan(attached(b"soft: x", b"vast: x", odd=True), Clean())
    assert report.verdict == Infected(("Soft.Word",), Unscanned("over clamd's limits"))


def test_what_a_bound_cut_off_is_no_clean_mail() -> None:
    boundaries = b"".join(b"; boundary=b%d" % number for number in range(50))
    message = b"Content-Type: multipart/mixed" + boundaries + b"\r\n\r\n--b1\r\n\r\nx\r\n"
    report, _ = scan(message, Clean())
    assert report.verdict == Unscanned(
        "not all of its parts were looked at: more than 20 boundaries in one Content-Type"
    )


def test_the_deadline_is_for_all_parts_together() -> None:
    seconds = iter((0.0, 5.0, 11.0))
    with pytest.raises(ScanError, match=r"within ScanDeadline \(10 s\)"):
        scan(attached(b"one", b"two", odd=True), Clean(), clock=lambda: next(seconds))


@pytest.mark.parametrize("place", tuple(singles())[::9], ids=lambda place: place.name)
def test_hidden_files_are_found(place: HidingPlace) -> None:
    report, _ = scan(place.message(b"bad: 0123456789, in plain letters"), Clean(), ScanParts.ALWAYS)
    assert report.verdict == Infected(("Bad",))


LOCKED = b"7z\xbc\xaf\x27\x1c, cut short behind its mark"


def names_in(report: ScanReport) -> list[str]:
    return [name for file in report.contents.files for name in file.names]


def named(file: bytes, name: bytes) -> bytes:
    return attached(file).replace(b"octet-stream", b"octet-stream; name=" + name)


@pytest.mark.parametrize("mode", [ScanParts.AUTO, ScanParts.NEVER])
def test_names_of_ordinary_mail_cost_no_scan(mode: ScanParts) -> None:
    report, parts = scan(named(BAD, b"a.exe"), Clean(), mode, wanted=FILES)
    assert parts == []
    assert report.verdict == Clean()
    assert names_in(report) == ["a.exe"]


def test_names_are_known_whatever_was_found() -> None:
    type_of_last = b"octet-stream; name=b.exe"
    first, kind, last = attached(BAD, b"another").rpartition(b"octet-stream")
    report, parts = scan(first + type_of_last + last, Infected(("Bad",)), wanted=FILES)
    assert kind
    assert (parts, names_in(report)) == ([BAD], ["b.exe"])


def test_never_scans_no_part_of_odd_mail_either() -> None:
    report, parts = scan(attached(BAD, odd=True), Clean(), ScanParts.NEVER, wanted=ALL)
    assert parts == []
    assert report.verdict == Clean()
    assert report.contents.disputed


def test_without_a_rule_nothing_is_looked_for() -> None:
    report, _ = scan(named(BAD, b"a.exe"), Infected(("Bad",)))
    assert report.contents.files == ()


def test_an_archive_that_cannot_be_listed_makes_clean_mail_unscanned() -> None:
    message = named(LOCKED, b"a.7z")
    report, _ = scan(message, Clean(), wanted=FILES)
    words = "not all attachments are known: a.7z: it is cut short"
    assert report.verdict == Unscanned(words)
    assert report.contents.unlisted == ("a.7z: it is cut short",)
    too_large, infected = Unscanned("too large"), Infected(("Elsewhere",))
    assert scan(message, too_large, wanted=FILES)[0].verdict == too_large
    told = replace(infected, rest=Unscanned(words))
    assert scan(message, infected, wanted=FILES)[0].verdict == told


def test_one_message_at_a_time_is_looked_at_for_archives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clamgate.message.turns._LOOK", 0.001)
    inner = WordScanner(Clean())
    seconds = iter(range(100))
    scanner = PartsScanner(
        inner, ScanParts.AUTO, CLASSES, 3.0, wanted=FILES, mark=MARK, clock=lambda: next(seconds)
    )
    message = MARK + named(LOCKED, b"a.7z")
    turns = scanner._archives
    signs: list[None] = []
    with turns.turn(lambda: None), pytest.raises(ScanError, match="within ScanDeadline"):
        scanner.scan(PartSource(message), lambda: signs.append(None))
    assert signs
    assert isinstance(scanner.scan(PartSource(message), lambda: None).verdict, Unscanned)
