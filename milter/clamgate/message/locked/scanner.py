"""Scanning what is in locked archives, where the message itself gives the password away."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from clamgate.core.scanning import Scanner, ScanSource
from clamgate.core.settings import MIB
from clamgate.core.signatures import SignatureClasses
from clamgate.core.subject import readable
from clamgate.core.verdict import Clean, Infected, ScanReport, Unscanned, Verdict
from clamgate.message.locked import seven_zipped, zipped
from clamgate.message.locked.opener import Opener
from clamgate.message.locked.outcome import Outcome
from clamgate.message.locked.words import passwords, plain_text
from clamgate.message.mime.extractor import Extractor
from clamgate.message.mime.octets import WINDOW, without_mark
from clamgate.message.mime.part import Part
from clamgate.message.mime.source import PartSource
from clamgate.message.mime.strict import is_canonical
from clamgate.message.turns import Turns

_MOST_ARCHIVES = 10
_MOST_TEXTS = 50
_SECONDS = 60.0
_LARGE = 4 * MIB
# What a zip and 7z begin with in base64 and quoted-printable. As they are they hold NULs, and no
# message with one is read alike by all; nor is one with TNEF, or an encoding other than these.
_BEGINNINGS = (b"UEsDB", b"N3q8r", b"PK=03=04", b"7z=BC=AF")
_EMPTY_LINE = b"\r\n\r\n"
_OVERLAP = len(_EMPTY_LINE) + max(map(len, _BEGINNINGS))
_SUBJECT = re.compile(rb"^subject:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)


class LockedScanner:
    """Scans messages, and then what is in their locked archives: a `Scanner`.

    Args:
        scanner: Scans a message.
        contents: Scans one thing.
        opener: Opens archives.
        classes: What signatures are.
        tells: Whether what stays locked counts as infected.
        thorough: Whether archives are opened though something worse was found already.
        mark: What stands before the message for clamd's sake, and is no part of it.
        clock: Seconds that only go forward.
    """

    def __init__(  # noqa: PLR0913  settings, and a clock for tests
        self,
        scanner: Scanner,
        contents: Scanner,
        opener: Opener,
        classes: SignatureClasses,
        *,
        tells: bool = False,
        thorough: bool = False,
        mark: bytes = b"",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._scanner = scanner
        self._contents = contents
        self._opener = opener
        self._classes = classes
        self._tells = tells
        self._thorough = thorough
        self._mark = mark
        self._clock = clock
        self._large = Turns()

    def scan(self, source: ScanSource, keepalive: Callable[[], None]) -> ScanReport:
        """Scan a message, and what is in its archives.

        Raises:
            ScanError: No verdict could be had on the message or on what is in an archive.
        """
        report = self._scanner.scan(source, keepalive)
        match report.verdict:
            case Infected(signatures) if not self._thorough and self._classes.is_malware(
                signatures[0]
            ):
                return report
            case Clean() | Infected() | Unscanned() if self._may_hold_one(source, report):
                return self._with_archives(source, report, keepalive)
            case _:
                return report

    def _may_hold_one(self, source: ScanSource, report: ScanReport) -> bool:
        """Whether a message need be taken apart; it is read in pieces."""
        message = without_mark(source, self._mark)
        length = len(message)
        for at in range(0, length, WINDOW):
            piece = message[at : min(at + WINDOW + _OVERLAP, length)]
            begin = piece.find(_EMPTY_LINE)
            while begin >= 0:
                if piece.startswith(_BEGINNINGS, begin + len(_EMPTY_LINE)):
                    return True
                begin = piece.find(_EMPTY_LINE, begin + 2)
        return not (report.is_canonical or is_canonical(message))

    def _with_archives(
        self, source: ScanSource, report: ScanReport, keepalive: Callable[[], None]
    ) -> ScanReport:
        if source.length < _LARGE:
            return self._tried(b"".join(source.chunks()), report, keepalive)
        with self._large.turn(keepalive):
            return self._tried(b"".join(source.chunks()), report, keepalive)

    def _tried(self, whole: bytes, report: ScanReport, keepalive: Callable[[], None]) -> ScanReport:
        message = whole.removeprefix(self._mark)
        archives, texts = _looked_through(message)
        if not archives:
            return report
        outcome = Outcome(report, self._classes)
        words = passwords(texts)
        until = self._clock() + _SECONDS
        try:
            for number, part in enumerate(archives):
                if number >= _MOST_ARCHIVES or self._clock() > until:
                    outcome.stays_locked(part, "there are too many to try")
                    continue
                opened = self._opener.open(part.data, words, keepalive)
                if opened.archive:
                    outcome.add(part, self._scan(opened.archive, keepalive))
                if opened.why:
                    outcome.stays_locked(part, opened.why)
            for signature in outcome.explained:
                if not self._is_elsewhere(signature, message, archives, keepalive):
                    outcome.drop(signature)
        except Exception as error:
            if not outcome.is_infected:
                raise
            # What was found stays found; whether that is enough is for the rules to say.
            outcome.fail(f"its archives could not be scanned: {error}")
        return outcome.report(tells=self._tells)

    def _is_elsewhere(
        self,
        signature: str,
        message: bytes,
        archives: Sequence[Part],
        keepalive: Callable[[], None],
    ) -> bool:
        """Whether clamd finds something locked in a part other than these."""
        opened = {part.sha256 for part in archives}
        extractor = Extractor(message)
        for part in extractor.parts():
            if part.sha256 not in opened:
                verdict = self._scan(part.data, keepalive)
                if isinstance(verdict, Infected) and signature in verdict.signatures:
                    return True
        return extractor.cut_off is not None

    def _scan(self, data: bytes, keepalive: Callable[[], None]) -> Verdict:
        with PartSource(data) as source:
            return self._contents.scan(source, keepalive).verdict


def _looked_through(message: bytes) -> tuple[list[Part], list[str]]:
    """Return the locked archives in a message, and what stands in it for people to read."""
    archives: list[Part] = []
    texts: list[str] = []
    head = message.partition(b"\r\n\r\n")[0]
    subjects = [readable(subject.strip()) for subject in _SUBJECT.findall(head)[:_MOST_TEXTS]]
    names: list[str] = []
    for part in Extractor(message).parts():
        names += (one for name in part.names for one in (name, name.rpartition(".")[0]))
        kind = next((kind for kind in (seven_zipped, zipped) if kind.is_one(part.data)), None)
        if kind is not None:
            if kind.is_locked(part.data):
                archives.append(part)
        elif part.declared.startswith("text/") and len(texts) < _MOST_TEXTS:
            texts.append(plain_text(part.data, is_html=part.declared == "text/html"))
    return archives, [*subjects, *texts, *names]
