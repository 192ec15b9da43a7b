"""What the MTA is to be told: a disposition, perhaps a reply, and edits in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from clamgate.core.contents import AttachedFile
from clamgate.core.parts import FoundPart
from clamgate.core.rules import Action
from clamgate.core.storing import Kept
from clamgate.core.verdict import Hit, Infected, Verdict


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


@dataclass(frozen=True, slots=True)
class DeleteRecipient:
    """Take a recipient away, named as RCPT TO named it, angle brackets included."""

    recipient: bytes


@dataclass(frozen=True, slots=True)
class ReplaceBody:
    """Give the message another body: these pieces of it, in their order."""

    pieces: Iterable[bytes]


Edit = AddHeader | InsertHeader | ChangeHeader | DeleteHeader | DeleteRecipient | ReplaceBody


@dataclass(frozen=True, slots=True)
class Share:
    """What becomes of a message for one of its recipients.

    Attributes:
        recipient: The argument of RCPT TO, angle brackets included.
        action: What its rule says.
        outcome: What is done: the same, or Store where that cannot be done for one recipient.
        rule: The rule, with its place.
    """

    recipient: bytes
    action: Action
    outcome: Action
    rule: str


@dataclass(frozen=True, slots=True)
class Excepted:
    """A signature that was found and does not count, and the exception that says so."""

    signature: str
    exception: str


@dataclass(frozen=True, slots=True)
class Strips:
    """What is to be taken out of a message.

    Attributes:
        rule: The name of the rule that says so, without its place; several, after semicolons.
        signatures: Those that must go, with the parts that they are in.
        parts: Parts that must go for what they are.
    """

    rule: str
    signatures: tuple[str, ...]
    parts: tuple[FoundPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """How one message ends.

    Attributes:
        disposition: What happens to it.
        edits: Applied in this order, before the disposition, even when it is then refused.
        reply: The SMTP reply; None leaves the text to the MTA. Only with REJECT and DEFER.
        reason: Why it is held; only with QUARANTINE.
        rule: The rule that decided, for people, with its place (``OnInfected Reject
            [clamav-milter.conf:7]``); several, after semicolons, where recipients differ.
        kept: For whom the message must be stored before the MTA is told anything; empty if it
            need not be.
        verdict: The verdict as the rules saw it, without what was excepted; for the recipient for
            whom it is worst. None if there was none.
        excepted: The signatures that did not count, for one recipient at least.
        ruled: Whether a rule in front of the last four had a say, or one that strips.
        strips: What must be taken out of it before it is delivered; None if nothing need be.
        removed: The parts that were taken out.
        shares: What becomes of it for each recipient; empty if that is the same for all.
        banned: The attached file for which the rule decided, None if it is not about one.
    """

    disposition: Disposition
    edits: tuple[Edit, ...] = ()
    reply: Reply | None = None
    reason: str = ""
    rule: str = ""
    kept: tuple[Kept, ...] = ()
    verdict: Verdict | None = None
    excepted: tuple[Excepted, ...] = ()
    ruled: bool = False
    strips: Strips | None = None
    removed: tuple[Hit, ...] = ()
    shares: tuple[Share, ...] = ()
    banned: AttachedFile | None = None

    @property
    def harmless(self) -> bool:
        """Whether the message might as well be delivered to all, and without the edits."""
        return (
            self.disposition is Disposition.ACCEPT
            and self.strips is None
            and not isinstance(self.verdict, Infected)
            and not any(isinstance(edit, DeleteRecipient) for edit in self.edits)
        )
