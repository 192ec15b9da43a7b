"""Scanning a message's parts behind the message itself: what hides from one reading is found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from clamgate.core.filenames import in_ascii, tame
from clamgate.core.parts import FoundPart
from clamgate.core.scanning import ScanError, Scanner, ScanSource
from clamgate.core.settings import ScanParts
from clamgate.core.signatures import OTHER, SignatureClasses
from clamgate.core.verdict import Clean, Hit, Infected, ScanReport, Unscanned, Verdict
from clamgate.message.mime.abreast import PartScans
from clamgate.message.mime.attached import NOTHING_WANTED, Attached, Wanted
from clamgate.message.mime.canonical import CanonicalParts
from clamgate.message.mime.extractor import Extractor
from clamgate.message.mime.octets import Octets, kept_of, past_mark, without_mark
from clamgate.message.mime.strict import is_canonical
from clamgate.message.mime.workspace import Workspace
from clamgate.message.turns import Turns


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be done with the parts of a message: nothing, if it is false.

    Attributes:
        is_scanned: Whether they are scanned.
        wanted: What is to be known of them.
        is_plain: Whether it is known that all programs read the message alike.
    """

    is_scanned: bool
    wanted: Wanted
    is_plain: bool

    def __bool__(self) -> bool:
        return self.is_scanned or bool(self.wanted)


class PartsScanner:
    """Has messages scanned whole, and then their parts: a `clamgate.core.scanning.Scanner`.

    Args:
        whole: Scans one thing.
        mode: Which messages' parts are scanned.
        classes: What signatures are: one of a class other than malware never hides one that is.
        deadline: Seconds that the parts of one message may take.
        thorough: Whether, once something was found, all other parts that it is in are looked for.
        wanted: What is to be known of what is attached, whether it is scanned or not.
        mark: What stands before the message for clamd's sake, and is no part of it.
        workspace: Where what is decoded is kept.
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
        wanted: Wanted = NOTHING_WANTED,
        mark: bytes = b"",
        workspace: Workspace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._whole = whole
        self._mode = mode
        self._classes = classes
        self._deadline = deadline
        self._thorough = thorough
        self._wanted = wanted
        self._asks_whether_odd = mode is ScanParts.AUTO or bool(wanted)
        self._is_done_if_plain = mode is ScanParts.AUTO and not wanted
        self._mark = mark
        self._workspace = workspace or Workspace()
        self._clock = clock
        self._archives = Turns()

    def scan(self, source: ScanSource, keepalive: Callable[[], None]) -> ScanReport:
        """Scan a message, and its parts if programs may disagree on them or something was found.

        Raises:
            ScanError: No verdict could be had on the message or on one of its parts.
        """
        is_odd = self._is_odd(source)  # before the scan: its bytes are at hand now
        report = self._whole.scan(source, keepalive)
        if isinstance(report.verdict, Clean) and not is_odd and self._is_done_if_plain:
            return report
        if not isinstance(report.verdict, Clean | Infected | Unscanned):
            return report
        task = self._task(report.verdict, is_odd=is_odd)
        if not task:
            return report
        return self._look(source, report, task, keepalive)

    def _is_odd(self, source: ScanSource) -> bool:
        """Whether programs may differ over a message; False where that is nothing to anybody."""
        if not self._asks_whether_odd:
            return False
        kept = kept_of(source)
        return not is_canonical(kept, past_mark(kept, self._mark))

    def _task(self, whole: Verdict, *, is_odd: bool) -> _Task:
        """Say what is to be done with the parts of a message, once it has a verdict as a whole."""
        can_differ = self._mode is ScanParts.ALWAYS or (self._mode is ScanParts.AUTO and is_odd)
        is_scanned = can_differ or not isinstance(whole, Clean)
        return _Task(
            is_scanned=is_scanned and self._mode is not ScanParts.NEVER,
            wanted=replace(self._wanted, ambiguity=self._wanted.ambiguity and is_odd),
            is_plain=self._asks_whether_odd and not is_odd,
        )

    def _look(
        self,
        source: ScanSource,
        report: ScanReport,
        task: _Task,
        keepalive: Callable[[], None],
    ) -> ScanReport:
        until = self._clock() + self._deadline
        message = without_mark(source, self._mark)
        extractor = _finder(message, task, self._workspace)
        turn = partial(self._archives.turn, partial(self._wait_on, keepalive, until))
        attached = Attached(message, task.wanted, turn)
        found = Findings(report.verdict, self._classes)
        check = partial(self._check, until)
        try:
            with PartScans(self._whole, self._workspace, keepalive, check) as scans:
                for part in extractor.parts():
                    check()
                    if task.is_scanned and not self._is_settled(found):
                        scans.add(part)
                        self._take(scans.ready(), found)
                    elif not task.wanted:
                        break
                    if scans.error:
                        break
                    attached.add(part)
                self._take(scans.rest(), found)
                if not self._is_settled(found):
                    scans.raise_error()
        except Exception as error:
            # What was found stays found: only mail of which nothing is known ends as OnFail says.
            if not found.is_infected:
                raise
            attached.break_off(f"its parts could not be scanned: {error}")
        contents = attached.contents(extractor)
        return replace(
            report,
            verdict=found.verdict(
                extractor.cut_off if task.is_scanned else None, contents.unlisted
            ),
            part=found.part,
            hits=tuple(found.hits),
            anomalies=tuple(extractor.anomalies),
            contents=contents,
        )

    def _take(self, verdicts: Iterator[tuple[FoundPart, Verdict]], found: Findings) -> None:
        """Take verdicts, up to one behind which none could matter."""
        while not self._is_settled(found) and (one := next(verdicts, None)):
            found.add(*one)

    def _is_settled(self, found: Findings) -> bool:
        return found.is_settled and not self._thorough

    def _wait_on(self, keepalive: Callable[[], None], until: float) -> None:
        keepalive()
        self._check(until)

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

    def add(self, part: FoundPart, verdict: Verdict) -> None:
        """Take the verdict on a part."""
        match verdict:
            case Infected(signatures):
                self.hits.append(Hit(part, signatures))
                for name in signatures:
                    self._where.setdefault(name, part)
                    if name not in self._signatures:
                        self._signatures.append(name)
                self._signatures.sort(key=lambda name: not self._is_hard(name))
            case Unscanned():
                self._unscanned = self._unscanned or verdict
            case _:
                pass

    def verdict(self, cut_off: str | None, unlisted: Sequence[str] = ()) -> Verdict:
        """Return the verdict on all.

        Args:
            cut_off: The bound at which the search for parts ended.
            unlisted: Why the names of what is attached are not all known, if they were asked for.
        """
        if self._signatures:
            return Infected(tuple(self._signatures))
        if cut_off is not None and isinstance(self._whole, Clean):
            return Unscanned(f"not all of its parts were looked at: {cut_off}")
        if self._unscanned is not None and isinstance(self._whole, Clean):
            return self._unscanned
        if unlisted and isinstance(self._whole, Clean):
            return Unscanned(f"not all attachments are known: {in_ascii(tame(unlisted[0]))}")
        return self._whole

    def _is_hard(self, signature: str) -> bool:
        return self._classes.class_of(signature) == OTHER


def _finder(message: Octets, task: _Task, workspace: Workspace) -> Extractor | CanonicalParts:
    """Return what finds the parts: the fast one, if they are only looked at and all agree."""
    if task.is_plain and not task.is_scanned:
        plainly = CanonicalParts(message[:])
        if plainly.is_clear:
            return plainly
    return Extractor(message, workspace=workspace)
