"""Scanning a message's parts behind the message itself: what hides from one reading is found."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from clamgate.core.scanning import ScanError, Scanner, ScanSource
from clamgate.core.settings import MIB, ScanParts
from clamgate.core.signatures import OTHER, SignatureClasses
from clamgate.core.verdict import Clean, FoundPart, Hit, Infected, ScanReport, Unscanned, Verdict
from clamgate.message.mime.extractor import Extractor
from clamgate.message.mime.octets import without_mark
from clamgate.message.mime.part import Part
from clamgate.message.mime.source import PartSource
from clamgate.message.mime.strict import is_canonical

_LARGE = 4 * MIB
"""Bytes of a message from which on one at a time is taken apart: it is in memory several times."""
_LOOK = 2.0
"""Seconds between two signs of life while another large message is taken apart."""


class PartsScanner:
    """Has messages scanned whole, and then their parts: a `clamgate.core.scanning.Scanner`.

    Args:
        whole: Scans one thing.
        mode: Which messages' parts are scanned; NEVER makes no sense here.
        classes: What signatures are: one of a class other than malware never hides one that is.
        deadline: Seconds that the parts of one message may take.
        thorough: Whether, once something was found, all other parts that it is in are looked for.
        mark: What stands before the message for clamd's sake, and is no part of it.
        clock: Seconds that only go forward.
    """

    def __init__(  # noqa: PLR0913  settings, and a clock for tests
        self,
        whole: Scanner,
        mode: ScanParts,
        classes: SignatureClasses,
        deadline: float,
        *,
        thorough: bool = False,
        mark: bytes = b"",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._whole = whole
        self._mode = mode
        self._classes = classes
        self._deadline = deadline
        self._thorough = thorough
        self._mark = mark
        self._clock = clock
        self._large = threading.Lock()

    def scan(self, source: ScanSource, keepalive: Callable[[], None]) -> ScanReport:
        """Scan a message, and its parts if programs may disagree on them or something was found.

        Raises:
            ScanError: No verdict could be had on the message or on one of its parts.
        """
        may_differ = self._may_differ(source)  # before the scan: its bytes are at hand now
        report = self._whole.scan(source, keepalive)
        if not isinstance(report.verdict, Clean | Infected | Unscanned):
            return report
        if isinstance(report.verdict, Clean) and not may_differ:
            return report
        until = self._clock() + self._deadline
        if source.length < _LARGE:
            return self._scan_parts(source, report, keepalive, until)
        while not self._large.acquire(timeout=_LOOK):
            keepalive()
            self._check(until)
        try:
            return self._scan_parts(source, report, keepalive, until)
        finally:
            self._large.release()

    def _may_differ(self, source: ScanSource) -> bool:
        return self._mode is ScanParts.ALWAYS or not is_canonical(without_mark(source, self._mark))

    def _scan_parts(
        self, source: ScanSource, report: ScanReport, keepalive: Callable[[], None], until: float
    ) -> ScanReport:
        message = b"".join(source.chunks()).removeprefix(self._mark)
        extractor = Extractor(message)
        found = Findings(report.verdict, self._classes)
        try:
            for part in extractor.parts():
                self._check(until)
                with PartSource(part.data) as one:
                    found.add(part, self._whole.scan(one, keepalive).verdict)
                if found.is_settled and not self._thorough:
                    break
        except Exception:
            # What was found stays found: only mail of which nothing is known ends as OnFail says.
            if not found.is_infected:
                raise
        return replace(
            report,
            verdict=found.verdict(extractor.cut_off),
            part=found.part,
            hits=tuple(found.hits),
            anomalies=tuple(extractor.anomalies),
        )

    def _check(self, until: float) -> None:
        if self._clock() > until:
            raise ScanError(
                f"its parts were not scanned within ScanDeadline ({self._deadline:g} s)"
            )


class Findings:
    """What the message and its parts come to.

    Args:
        whole: The verdict on the message as a whole.
        classes: What signatures are.

    Attributes:
        hits: The parts in which something was found.
    """

    def __init__(self, whole: Verdict, classes: SignatureClasses) -> None:
        self.hits: list[Hit] = []
        self._whole = whole
        self._classes = classes
        self._signatures = list(whole.signatures) if isinstance(whole, Infected) else []
        self._where: dict[str, FoundPart] = {}
        self._unscanned: Unscanned | None = None

    @property
    def is_infected(self) -> bool:
        """Whether anything was found, in the whole or in a part."""
        return bool(self._signatures)

    @property
    def part(self) -> FoundPart | None:
        """The part that the verdict's first signature is in, None if it is not known."""
        return self._where.get(self._signatures[0]) if self._signatures else None

    @property
    def is_settled(self) -> bool:
        """Whether nothing that is still to come could matter."""
        return self.part is not None and self._is_hard(self._signatures[0])

    def add(self, part: Part, verdict: Verdict) -> None:
        """Take the verdict on a part."""
        match verdict:
            case Infected(signatures):
                told = _told(part)
                self.hits.append(Hit(told, signatures))
                for name in signatures:
                    self._where.setdefault(name, told)
                    if name not in self._signatures:
                        self._signatures.append(name)
                self._signatures.sort(key=lambda name: not self._is_hard(name))
            case Unscanned():
                self._unscanned = self._unscanned or verdict
            case _:
                pass

    def verdict(self, cut_off: str | None) -> Verdict:
        """Return the verdict on all; `cut_off` is the bound at which the search for parts ended."""
        if self._signatures:
            return Infected(tuple(self._signatures))
        if cut_off is not None and isinstance(self._whole, Clean):
            return Unscanned(f"not all of its parts were looked at: {cut_off}")
        if self._unscanned is not None and isinstance(self._whole, Clean):
            return self._unscanned
        return self._whole

    def _is_hard(self, signature: str) -> bool:
        return self._classes.class_of(signature) == OTHER


def _told(part: Part) -> FoundPart:
    return FoundPart(
        part.path, part.names, part.declared, part.detected, part.size, part.sha256, part.reading
    )
