"""What a message comes to, once passwords were tried on its archives."""

from __future__ import annotations

from dataclasses import replace

from clamgate.core.parts import FoundPart
from clamgate.core.signatures import SignatureClasses
from clamgate.core.verdict import (
    Clean,
    Failed,
    Hit,
    Infected,
    Locked,
    ScanReport,
    Unscanned,
    Verdict,
)
from clamgate.message.mime.part import Part

ZIP, SEVEN_ZIP = "Heuristics.Encrypted.Zip", "Heuristics.Encrypted.7Zip"
"""What clamd, with AlertEncrypted, says of a locked archive; so do we of one that stays locked."""

_READING = "opened with a password"


class Outcome:
    """Adds what is in archives to what was found in the message.

    Args:
        report: What was found in the message.
        classes: What signatures are.
    """

    def __init__(self, report: ScanReport, classes: SignatureClasses) -> None:
        self._report = report
        self._classes = classes
        verdict = report.verdict
        self._signatures = list(verdict.signatures) if isinstance(verdict, Infected) else []
        self._hits: list[Hit] = list(report.hits)
        self._locked: list[Locked] = []
        self._rest = _rest_of(verdict)
        self._inside: list[Hit] = []

    @property
    def is_infected(self) -> bool:
        """Whether anything was found, in the message or in an archive."""
        return bool(self._signatures)

    @property
    def explained(self) -> tuple[str, ...]:
        """What clamd says of locked archives that may be no more than what was opened."""
        known = {signature for hit in self._inside for signature in hit.signatures}
        known |= {_signature_of(one.part) for one in self._locked}
        return tuple(
            one for one in (ZIP, SEVEN_ZIP) if one in self._signatures and one not in known
        )

    def add(self, part: Part, verdict: Verdict) -> None:
        """Take the verdict on what was in an archive."""
        match verdict:
            case Infected(signatures):
                hit = Hit(replace(part.found, reading=_READING), signatures)
                self._hits.append(hit)
                self._inside.append(hit)
                self._signatures += [one for one in signatures if one not in self._signatures]
            case Unscanned():
                self._rest = self._rest or verdict
            case _:
                pass

    def fail(self, reason: str) -> None:
        """Note why no more verdicts will come."""
        self._rest = Failed(reason)

    def stays_locked(self, part: Part, why: str) -> None:
        """Note that an archive, or a file in it, could not be opened."""
        self._locked.append(Locked(part.found, why))

    def drop(self, signature: str) -> None:
        """Take back what was found in the message."""
        self._signatures.remove(signature)
        left = ((hit, tuple(s for s in hit.signatures if s != signature)) for hit in self._hits)
        self._hits = [replace(hit, signatures=signatures) for hit, signatures in left if signatures]

    def report(self, *, tells: bool) -> ScanReport:
        """Return what it all comes to; `tells` has what stays locked count as infected."""
        for one in self._locked if tells else ():
            self._tell(one.part)
        self._signatures.sort(key=self._harmlessness)
        verdict = self._verdict()
        return replace(
            self._report,
            verdict=verdict,
            part=self._part(),
            hits=tuple(self._hits),
            locked=tuple(self._locked),
        )

    def _tell(self, part: FoundPart) -> None:
        signature = _signature_of(part)
        if not any(part == hit.part and signature in hit.signatures for hit in self._hits):
            self._hits.append(Hit(part, (signature,)))
        if signature not in self._signatures:
            self._signatures.append(signature)

    def _harmlessness(self, signature: str) -> tuple[bool, bool]:
        """Malware comes first, and what is in an archive before that it was locked."""
        return not self._classes.is_malware(signature), signature in (ZIP, SEVEN_ZIP)

    def _verdict(self) -> Verdict:
        if self._signatures:
            return Infected(tuple(self._signatures), self._rest)
        before = self._report.verdict
        return self._rest or (Clean() if isinstance(before, Infected) else before)

    def _part(self) -> FoundPart | None:
        before = self._report.verdict
        if not self._signatures:
            return None
        first = self._signatures[0]
        if isinstance(before, Infected) and before.signatures[0] == first and self._report.part:
            return self._report.part
        return next((hit.part for hit in self._hits if first in hit.signatures), None)


def _rest_of(verdict: Verdict) -> Unscanned | Failed | None:
    """Return why not all of a message was looked at, None if it was."""
    match verdict:
        case Infected(_, rest):
            return rest
        case Unscanned():
            return verdict
        case _:
            return None


def _signature_of(part: FoundPart) -> str:
    return SEVEN_ZIP if part.detected == "application/x-7z-compressed" else ZIP
