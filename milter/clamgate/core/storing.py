"""What the mail edge asks of a store of messages, so that neither needs to know the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from clamgate.core.envelope import Message
from clamgate.core.rules import Action
from clamgate.core.verdict import Verdict


class StoreError(Exception):
    """A message that could not be stored; nothing of it is left. The text has no line breaks."""


@dataclass(frozen=True, slots=True)
class Kept:
    """For whom a message is stored, and why.

    Attributes:
        recipient: The argument of RCPT TO, angle brackets included.
        action: What was decided for this recipient: Store; or, where a copy of it is kept, Reject,
            Defer, Blackhole or Quarantine.
        rule: The rule that decided, with its place (``OnInfected Store [clamav-milter.conf:7]``).
        reason: Why it is stored, for people, on one line.
    """

    recipient: bytes
    action: Action
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class StoreRecord:
    """What is known of a message that is stored, besides its bytes.

    Attributes:
        message: Envelope (queue id, client, sender, all recipients), header facts (subjects,
            message-id, date) and size in bytes.
        verdict: What the scan said; `Infected.signatures` are its names.
        signature_class: The class of the first signature (``phishing``), empty if there is none.
        kept: Those of the recipients that it is stored for, in their order; at least one.
        time: When the message ended, in seconds since 1970.
    """

    message: Message
    verdict: Verdict
    signature_class: str
    kept: tuple[Kept, ...]
    time: float


class StoreSource(Protocol):
    """A whole message as the MTA handed it over: header fields, empty line, body; CRLF line ends.

    What the filter puts before it for the scanner is not in it.
    """

    @property
    def size(self) -> int:
        """Bytes of the whole message: `chunks` yields that many."""

    def chunks(self) -> Iterator[bytes]:
        """Yield its bytes, in order, in pieces of at most 64 KiB; can be called more than once.

        Raises:
            OSError: They cannot be read back.
        """


class Store(Protocol):
    """Keeps messages. Used by many threads at a time."""

    def store(self, source: StoreSource, record: StoreRecord) -> str:
        """Put a message on disk, bytes and record, and return its id once it is safe there.

        Raises:
            StoreError: It could not be; then nothing of it is left.
        """
