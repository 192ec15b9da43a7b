"""Scanning a message's parts behind the message itself: what hides from one reading is found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from clamgate.core.parts import FoundPart
from clamgate.core.scanning import ScanError, Scanner, ScanSource
from clamgate.core.settings import ScanParts
from clamgate.core.signatures import SignatureClasses
from clamgate.core.verdict import Clean, Infected, ScanReport, Unscanned, Verdict
from clamgate.message.mime.abreast import PartScans
from clamgate.message.mime.attached import NOTHING_WANTED, Attached, Wanted
from clamgate.message.mime.canonical import CanonicalParts
from clamgate.message.mime.extractor import Extractor
from clamgate.message.mime.findings import Findings
from clamgate.message.mime.octets import Octets, marked, without_mark
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
        tells_canonical: Whether anybody asks if canonical mail is such.
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
        tells_canonical: bool = False,
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
        self._tells_canonical = tells_canonical
        self._clock = clock
        self._archives = Turns()

    def scan(self, source: ScanSource, keepalive: Callable[[], None]) -> ScanReport:
        """Scan a message, and its parts if programs may disagree on them or something was found.

        Raises:
            ScanError: No verdict could be had on the message or on one of its parts.
        """
        # Before the scan: its bytes are at hand now.
        is_odd = self._asks_whether_odd and not is_canonical(*marked(source, self._mark))
        report = self._whole.scan(source, keepalive)
        if isinstance(report.verdict, Clean) and not is_odd and self._is_done_if_plain:
            return replace(report, is_canonical=True) if self._tells_canonical else report
        if not isinstance(report.verdict, Clean | Infected | Unscanned):
            return report
        task = self._task(report.verdict, is_odd=is_odd)
        if not task:
            return report
        return self._look(source, report, task, keepalive)

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
            if not found.is_infected:
                raise
            # What was found stays found; whether that is enough is for the rules to say.
            why = f"its parts could not be scanned: {error}"
            found.fail(why)
            attached.break_off(why)
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
            is_canonical=task.is_plain,
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


def _finder(message: Octets, task: _Task, workspace: Workspace) -> Extractor | CanonicalParts:
    """Return what finds the parts: the fast one, if they are only looked at and all agree."""
    if task.is_plain and not task.is_scanned:
        plainly = CanonicalParts(message[:])
        if plainly.is_clear:
            return plainly
    return Extractor(message, workspace=workspace)
