"""Messages without what was found in them: scanned again, and only then fit to be delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from clamgate.core.decision import Decision, ReplaceBody, Strips
from clamgate.core.envelope import Message
from clamgate.core.policy import decide, is_fit
from clamgate.core.rules import Rules
from clamgate.core.scanning import Scanner
from clamgate.core.settings import MIB
from clamgate.core.verdict import Hit, ScanReport
from clamgate.message.mime.strip import CannotStripError, Stripped, strip
from clamgate.message.spool import PIECE, SealedSpool, Spool
from clamgate.message.turns import Turns
from clamgate.message.whole import WholeMessage
from clamgate.mta.transaction import MAIL_MARK

CHUNK = 65535
"""Bytes of a body that libmilter sends at a time (MILTER_CHUNK_SIZE, mfdef.h)."""

_LARGE = 4 * MIB
"""Bytes of a message from which on one at a time is taken apart: it is in memory meanwhile."""


class StrippedMessage:
    """A message that parts were taken out of. Close it when the MTA has its body.

    Args:
        sealed: Its bytes, as a scanner is given them.
        skipped: How many of these come before its body.
    """

    def __init__(self, sealed: SealedSpool, skipped: int) -> None:
        self.sealed = sealed
        self._skipped = skipped

    def __iter__(self) -> Iterator[bytes]:
        """Yield its body in pieces of `CHUNK` bytes; only the last may be shorter.

        Raises:
            SpoolError: It cannot be read back.
        """
        skip = self._skipped
        held = b""
        for piece in self.sealed.chunks():
            held += piece[skip:]
            skip -= min(skip, len(piece))
            if len(held) >= CHUNK:
                yield held[:CHUNK]
                held = held[CHUNK:]
        if held:
            yield held

    def close(self) -> None:
        """Let go of the bytes. Calling it twice does nothing."""
        self.sealed.close()


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it.

    Attributes:
        decision: What the MTA is to be told.
        stripped: The message that it is told of, for the caller to close; None if nothing was
            taken out.
    """

    decision: Decision
    stripped: StrippedMessage | None = None


class Stripper:
    """Takes parts out of messages, and has what is left scanned.

    Args:
        scanner: Scans a message and its parts, under every reading.
        new_spool: Makes an empty spool.
        rules: The conf's.
        now: Seconds since 1970.
    """

    def __init__(
        self,
        scanner: Scanner,
        new_spool: Callable[[], Spool],
        rules: Rules,
        now: Callable[[], float],
    ) -> None:
        self._scanner = scanner
        self._new_spool = new_spool
        self._rules = rules
        self._now = now
        self._large = Turns()

    def carry_out(
        self,
        decision: Decision,
        report: ScanReport,
        message: Message,
        whole: WholeMessage,
        keepalive: Callable[[], None],
    ) -> Done:
        """Do what a decision asks for, and return one that holds for what came of it.

        Args:
            decision: It; its `strips` is set.
            report: What the scan said.
            message: What is known of the message.
            whole: Its bytes.
            keepalive: Called every few seconds meanwhile.

        Raises:
            ScanError: What is left could not be scanned.
            OSError: It could not be kept.
        """
        now = self._now()
        hits = _hits(decision.strips, report)
        rule = decision.strips.rule if decision.strips else ""
        try:
            stripped = self._stripped(whole, hits, rule, keepalive)
        except CannotStripError as error:
            why = str(error)
        else:
            if self._is_fit(stripped, message, now, keepalive):
                edits = (ReplaceBody(stripped), *decision.edits)
                return Done(replace(decision, edits=edits, removed=hits), stripped)
            why = "what is left of it is not to be delivered"
        return Done(decide(report.verdict, message, self._rules, now, unstrippable=why))

    def _is_fit(
        self,
        stripped: StrippedMessage,
        message: Message,
        now: float,
        keepalive: Callable[[], None],
    ) -> bool:
        """Scan what is left; it is closed unless it may be delivered."""
        fit = False
        try:
            report = self._scanner.scan(stripped.sealed, keepalive)
            left = replace(message, part=None, contents=report.contents)
            fit = is_fit(report.verdict, left, self._rules, now)
        finally:
            if not fit:
                stripped.close()
        return fit

    def _stripped(
        self, whole: WholeMessage, hits: Sequence[Hit], rule: str, keepalive: Callable[[], None]
    ) -> StrippedMessage:
        if not whole.is_kept:
            raise CannotStripError("it is larger than MaxFileSize")
        if whole.size < _LARGE:
            return self._written(strip(b"".join(whole.chunks()), hits, rule))
        with self._large.turn(keepalive):
            return self._written(strip(b"".join(whole.chunks()), hits, rule))

    def _written(self, stripped: Stripped) -> StrippedMessage:
        spool = self._new_spool()
        try:
            for part in (MAIL_MARK, stripped.header, *stripped.body):
                for at in range(0, len(part), PIECE):
                    spool.write(bytes(part[at : at + PIECE]))
            sealed = spool.seal()
        except BaseException:
            spool.close()
            raise
        if sealed.length < sealed.size:
            sealed.close()
            raise CannotStripError("what is left of it is larger than MaxFileSize")
        return StrippedMessage(sealed, len(MAIL_MARK) + len(stripped.header))


def _hits(strips: Strips | None, report: ScanReport) -> tuple[Hit, ...]:
    """Return the parts that must go, each with what was found in it, if that is why."""
    if strips is None:
        return ()
    wanted = set(strips.signatures)
    hits = [hit for hit in report.hits if not wanted.isdisjoint(hit.signatures)]
    known = {hit.part.sha256 for hit in hits}
    return (*hits, *(Hit(part, ()) for part in strips.parts if part.sha256 not in known))
