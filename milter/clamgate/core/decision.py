"""What the MTA is to be told: a disposition, perhaps a reply, and edits in their order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from clamgate.core.storing import Kept


class Disposition(Enum):
    """The field's five ways to end a transaction."""

    ACCEPT = "accept"
    REJECT = "reject"
    DEFER = "defer"
    BLACKHOLE = "blackhole"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Reply:
    """An SMTP reply of our own in place of the MTA's.

    Attributes:
        code: Three digits, 4xx for a deferral and 5xx for a refusal.
        enhanced: The RFC 3463 status, of the same class as `code`.
        text: Printable ASCII, without CR or LF; ``%`` stands for itself.
    """

    code: str
    enhanced: str
    text: str


@dataclass(frozen=True, slots=True)
class AddHeader:
    """Append a field at the end of the header. `value` has no leading space."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class InsertHeader:
    """Put a field before the `index`-th one; 0 is above our own Received line, 1 just below it."""

    index: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ChangeHeader:
    """Give the `index`-th field (from 1) of this name a new value. `value` has no leading space."""

    name: str
    index: int
    value: str


@dataclass(frozen=True, slots=True)
class DeleteHeader:
    """Remove the `index`-th field (from 1) of this name."""

    name: str
    index: int


Edit = AddHeader | InsertHeader | ChangeHeader | DeleteHeader


@dataclass(frozen=True, slots=True)
class Decision:
    """How one message ends.

    Attributes:
        disposition: What happens to it.
        edits: Applied in this order, before the disposition, even when it is then refused.
        reply: The SMTP reply; None leaves the text to the MTA. Only with REJECT and DEFER.
        reason: Why it is held; only with QUARANTINE.
        rule: The directive that decided, for people (``OnInfected Reject``).
        kept: For whom the message must be stored before the MTA is told anything; empty if it
            need not be.
    """

    disposition: Disposition
    edits: tuple[Edit, ...] = ()
    reply: Reply | None = None
    reason: str = ""
    rule: str = ""
    kept: tuple[Kept, ...] = ()
