"""What a scan says of a message."""

from __future__ import annotations

from dataclasses import dataclass

from clamgate.core.contents import NOTHING, Contents
from clamgate.core.parts import FoundPart


@dataclass(frozen=True, slots=True)
class Clean:
    """The scanner looked at all of it and found nothing."""


@dataclass(frozen=True, slots=True)
class Empty:
    """Neither header nor body: there was nothing to scan, which counts as clean."""


@dataclass(frozen=True, slots=True)
class Infected:
    """The scanner found something.

    Attributes:
        signatures: At least one name, in the order reported.
        rest: Why something else in the message was not looked at; None if that is not known of
            anything. Who does not look any further once malware is found leaves it None, too.
    """

    signatures: tuple[str, ...]
    rest: Unscanned | Failed | None = None

    @property
    def name(self) -> str:
        """The signature that headers, replies and log lines show."""
        return self.signatures[0]


@dataclass(frozen=True, slots=True)
class Unscanned:
    """Nothing was found, but not all of it was looked at.

    Attributes:
        reason: Why not; fit for a mail header.
        signature: The name by which clamd told so (``Heuristics.Limits.Exceeded.MaxFileSize``);
            empty if it did not.
    """

    reason: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The scan went wrong. Only OnFail may let such a message through."""

    reason: str


Verdict = Clean | Empty | Infected | Unscanned | Failed


@dataclass(frozen=True, slots=True)
class Hit:
    """A part of a message, and what was found in it: nothing, if it is about what it is itself."""

    part: FoundPart
    signatures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Locked:
    """A part of a message that needs a password which is not known, and why it was not opened."""

    part: FoundPart
    why: str


@dataclass(frozen=True, slots=True)
class ScanReport:
    """A verdict and how it was come by.

    Attributes:
        verdict: The outcome.
        clamd: The socket that gave it (``unix:/run/clamav/clamd.ctl``), empty if none did.
        attempts: How many times the message was handed to a clamd.
        seconds: From the request to the verdict, waits and retries included.
        clamd_version: What that clamd said of itself last (see `clamgate.core.clamd_version`).
        part: The part in which the verdict's first signature was found, None if that is not known.
        hits: The parts in which something was found, in their order; all of them only where all are
            looked for.
        locked: The archives that passwords were tried on in vain.
        anomalies: What mail programs disagree on in the message, if its parts were looked at.
        contents: What is attached, as far as that was asked for.
        waited: Of the seconds, those spent in line for a clamd.
        is_canonical: Whether all mail programs are known to read it alike; False may be that nobody
            looked.
    """

    verdict: Verdict
    clamd: str = ""
    attempts: int = 0
    seconds: float = 0.0
    clamd_version: str = ""
    part: FoundPart | None = None
    hits: tuple[Hit, ...] = ()
    locked: tuple[Locked, ...] = ()
    anomalies: tuple[str, ...] = ()
    contents: Contents = NOTHING
    waited: float = 0.0
    is_canonical: bool = False
