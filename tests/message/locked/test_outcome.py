from __future__ import annotations

from dataclasses import replace

from clamgate.core.parts import FoundPart
from clamgate.core.signatures import Glob, SignatureClass, SignatureClasses
from clamgate.core.verdict import Clean, Hit, Infected, Locked, ScanReport, Unscanned, Verdict
from clamgate.message.locked.outcome import SEVEN_ZIP, ZIP, Outcome
from clamgate.message.mime.part import Part

CLASSES = SignatureClasses(
    [
        SignatureClass("encrypted", (Glob("Heuristics.Encrypted.*"),)),
        SignatureClass("test", (Glob("Eicar*"),)),
    ]
)
PART = Part("2", ("a.zip",), "application/zip", "", b"PK\x03\x04", "ab")
OTHER = Part("3", ("b.zip",), "application/zip", "", b"PK\x03\x04.", "cd")
SEEN = FoundPart(
    "2", ("a.zip",), "application/zip", "application/zip", 4, "ab", "opened with a password"
)
CLOSED = replace(SEEN, reading="")


def outcome(verdict: Verdict, **known: object) -> Outcome:
    return Outcome(ScanReport(verdict, **known), CLASSES)  # type: ignore[arg-type]


def test_what_is_inside_is_found() -> None:
    one = outcome(Clean())
    one.add(PART, Infected(("Bad",)))
    report = one.report(tells=False)
    assert report.verdict == Infected(("Bad",))
    assert (report.part, report.hits, report.locked) == (SEEN, (Hit(SEEN, ("Bad",)),), ())


def test_nothing_inside_leaves_it_as_it_was() -> None:
    for before in (Clean(), Unscanned("x")):
        one = outcome(before)
        one.add(PART, Clean())
        assert one.report(tells=True) == ScanReport(before)


def test_what_clamd_did_not_look_at_whole_is_unscanned() -> None:
    one = outcome(Clean())
    one.add(PART, Unscanned("over a limit"))
    assert one.report(tells=False).verdict == Unscanned("over a limit")


def test_what_stays_locked_is_told_and_counts_if_it_is_to() -> None:
    one = outcome(Clean())
    one.stays_locked(PART, "why")
    report = one.report(tells=False)
    assert (report.verdict, report.hits) == (Clean(), ())
    assert report.locked == (Locked(CLOSED, "why"),)
    report = one.report(tells=True)
    assert report.verdict == Infected((ZIP,))
    assert (report.part, report.hits) == (CLOSED, (Hit(CLOSED, (ZIP,)),))


def test_it_counts_once_where_clamd_says_so_too() -> None:
    before = Infected((ZIP,))
    one = outcome(before, part=CLOSED, hits=(Hit(CLOSED, (ZIP,)),))
    one.stays_locked(PART, "why")
    report = one.report(tells=True)
    assert (report.verdict, report.hits) == (before, (Hit(CLOSED, (ZIP,)),))


def test_malware_comes_first_and_that_it_was_locked_last() -> None:
    one = outcome(Infected((ZIP,)))
    one.add(PART, Infected(("Eicar-Test",)))
    one.add(OTHER, Infected(("Bad",)))
    assert one.report(tells=False).verdict == Infected(("Bad", "Eicar-Test", ZIP))


def test_that_it_was_locked_is_taken_back_once_all_is_open() -> None:
    one = outcome(Infected((ZIP,)), part=CLOSED, hits=(Hit(CLOSED, (ZIP,)),))
    assert one.explained == (ZIP,)
    one.add(PART, Clean())
    assert one.explained == (ZIP,)
    one.drop(ZIP)
    assert one.report(tells=True) == ScanReport(Clean())


def test_it_is_not_taken_back_where_something_stays_locked() -> None:
    one = outcome(Infected((ZIP,)))
    one.stays_locked(PART, "why")
    assert one.explained == ()
    one = outcome(Infected((ZIP,)))
    one.add(PART, Infected((ZIP,)))  # another one is inside
    assert one.explained == ()
    assert outcome(Clean()).explained == ()


def test_7z_has_a_name_of_its_own() -> None:
    seven_zip = Part("2", ("a.7z",), "", "", b"7z\xbc\xaf\x27\x1c", "ab")
    one = outcome(Infected((SEVEN_ZIP, ZIP)))
    one.stays_locked(seven_zip, "why")
    assert one.explained == (ZIP,)
    assert one.report(tells=True).verdict == Infected((SEVEN_ZIP, ZIP))
    one = outcome(Clean())
    one.stays_locked(seven_zip, "why")
    assert one.report(tells=True).verdict == Infected((SEVEN_ZIP,))
