"""What happened, as values. Observers are told; they cannot change the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from clamgate.core.decision import Decision
from clamgate.core.envelope import Client, Message
from clamgate.core.verdict import ScanReport, Verdict


@dataclass(frozen=True, slots=True)
class Started:
    """The socket accepts connections. `listening` is its name, `version` is ours."""

    listening: str
    version: str


@dataclass(frozen=True, slots=True)
class Stopping:
    """No more connections are taken; `in_flight` messages are still being finished."""

    in_flight: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing is served any more; `unfinished` messages were cut off (their MTAs try again)."""

    unfinished: int


@dataclass(frozen=True, slots=True)
class Reloaded:
    """A new conf is in force, by workers of this generation.

    Attributes:
        generation: Its number; the start's is 1.
        waiting: Directives that differ, and take effect at the next start.
    """

    generation: int
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReloadRefused:
    """A new conf cannot be used, for these reasons; the old one stays in force."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkerReplaced:
    """Another worker takes the place of this one.

    Attributes:
        worker: Which one.
        reason: Why.
        lost: Whether it is gone, and its sessions with it; else it leaves with its last one.
    """

    worker: str
    reason: str
    lost: bool = True


@dataclass(frozen=True, slots=True)
class ConnectionExempt:
    """All mail of a connection is let through unscanned, for `reason`."""

    client: Client
    reason: str


@dataclass(frozen=True, slots=True)
class MessageExempt:
    """One message is let through unscanned, for `reason`."""

    message: Message
    reason: str


@dataclass(frozen=True, slots=True)
class MessageJudged:
    """A message reached its end.

    Attributes:
        message: What is known of it.
        report: The scan's verdict and how it was come by.
        decision: What the MTA is told.
        seconds: From MAIL to the decision.
        stored: The id under which it was stored, empty if it was not.
        signature_class: The class of the first signature found, empty if there is none.
    """

    message: Message
    report: ScanReport
    decision: Decision
    seconds: float
    stored: str = ""
    signature_class: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict that counts: the scan's, without what the conf excepts."""
        return self.report.verdict if self.decision.verdict is None else self.decision.verdict


@dataclass(frozen=True, slots=True)
class MessageReleased:
    """A message was let through unscanned: it was released from the quarantine, as `stored`."""

    message: Message
    stored: str


@dataclass(frozen=True, slots=True)
class QuarantineExpired:
    """So many stored messages were beyond the limits and are gone; `size` is in bytes on disk."""

    messages: int
    size: int


@dataclass(frozen=True, slots=True)
class ClamdUp:
    """A clamd answers. `version` is what it says of itself."""

    clamd: str
    version: str


@dataclass(frozen=True, slots=True)
class ClamdDown:
    """A clamd does not answer, or answers nonsense."""

    clamd: str
    reason: str


@dataclass(frozen=True, slots=True)
class DatabaseUpdated:
    """A clamd that is up says something else of itself than `before`: it has new signatures."""

    clamd: str
    version: str
    before: str


@dataclass(frozen=True, slots=True)
class ClamdLimit:
    """A clamd does not look at all of a message of MaxFileSize.

    Attributes:
        clamd: Its socket.
        proven: The largest size in bytes at which it was seen to find a test signature.
        wanted: MaxFileSize.
    """

    clamd: str
    proven: int
    wanted: int


@dataclass(frozen=True, slots=True)
class ScanRetried:
    """A clamd failed in mid-scan; the same message goes to the next, or waits for one."""

    clamd: str
    reason: str
    queue_id: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something went wrong that did not stop the service; `where` names the part of it."""

    where: str
    reason: str


Event = (
    Started
    | Stopping
    | Stopped
    | Reloaded
    | ReloadRefused
    | WorkerReplaced
    | ConnectionExempt
    | MessageExempt
    | MessageJudged
    | MessageReleased
    | QuarantineExpired
    | ClamdUp
    | ClamdDown
    | DatabaseUpdated
    | ClamdLimit
    | ScanRetried
    | Fault
)


MessageEvent = MessageJudged | MessageExempt | MessageReleased
"""The events that a message can end with."""
MESSAGE_EVENTS = (MessageJudged, MessageExempt, MessageReleased)
"""The same for isinstance, which is quicker with a tuple than with a union."""

Happened = tuple[Event, float]
"""An event, and when it was, in seconds since the epoch."""


class Observer(Protocol):
    """Told of every event, in the thread where it happened: be quick, and safe for threads."""

    def observe(self, event: Event) -> None:
        """Take note of an event. What it raises is counted, never passed on to the mail path."""
