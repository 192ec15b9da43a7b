"""What came of a mail, as a value for whoever looks on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from clamgate.harness.mta.draft import Draft
from clamgate.harness.mta.known import Client
from clamgate.harness.wire import AddHeader, ChangeHeader, Edit, InsertHeader


class Fate(Enum):
    """What became of a mail, or of a sender or recipient that was refused."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    DEFERRED = "deferred"
    DISCARDED = "discarded"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Passage:
    """One mail that went through, or did not.

    Attributes:
        client: Who sent it.
        queue_id: Empty if it was refused before its first recipient was accepted.
        sender: Without angle brackets.
        recipients: Those it was sent to by the client; for a recipient that was refused, that one.
        draft: The message as the filters left it; None if it was refused before its end.
        edits: What the filters asked for.
        fate: What became of it.
        text: The reply that refused it, or why it is held.
        seconds: How long the filters took, since the sender was named.
    """

    client: Client
    queue_id: str
    sender: bytes
    recipients: tuple[bytes, ...]
    draft: Draft | None
    edits: tuple[Edit, ...]
    fate: Fate
    text: bytes
    seconds: float

    def header_set(self, name: bytes) -> bytes | None:
        """Return the value that a filter last gave a header of this name, None if none did."""
        values = [
            it.value
            for it in self.edits
            if isinstance(it, AddHeader | InsertHeader | ChangeHeader)
            and it.name.lower() == name.lower()
            and it.value
        ]
        return values[-1].strip() if values else None


class Onlooker:
    """Told what happens, in the thread of a session: be quick, and safe for threads.

    This one does nothing with it.
    """

    def passed(self, passage: Passage) -> None:
        """Take note of a mail that came to its end."""

    def trouble(self, what: str) -> None:
        """Take note of what is wrong with a milter, or with a session, in one line."""


def fate_of_refusal(reply: bytes) -> Fate:
    """Return whether a refusal is for good or for now."""
    return Fate.REFUSED if reply.startswith(b"5") else Fate.DEFERRED
