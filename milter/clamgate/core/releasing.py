"""Mail released from the quarantine that comes in again: how it is told from a forgery.

A release that goes through the filter carries a signed field. What signs and checks it knows a
secret; the mail edge knows only what is here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from clamgate.core.envelope import Client

FIELD = "X-Clamgate-Release"
"""The signed field. It is removed from every message that passes the filter."""

_LINE_END = b"\r\n"


class BodyDigest:
    """The SHA-256 of a body, fed piece by piece, without the empty lines at its end.

    On its way an SMTP client may have to add a line end, and no mail program shows the difference.
    """

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._held = b""

    def update(self, piece: bytes) -> None:
        """Take the next bytes of the body."""
        data = self._held + piece
        kept = data.rstrip(_LINE_END)
        self._held = data[len(kept) :]
        self._sha256.update(kept)

    def value(self) -> bytes:
        """Return the digest of what came so far, 32 bytes."""
        return self._sha256.digest()


@dataclass(frozen=True, slots=True)
class Claim:
    """What a message says that claims to be released.

    Attributes:
        token: The value of its first field named `FIELD`, without the leading space.
        client: Who handed it to the MTA.
        recipients: The arguments of RCPT TO, angle brackets included.
        body: The `BodyDigest` of its body.
    """

    token: bytes
    client: Client
    recipients: tuple[bytes, ...]
    body: bytes


class ReleaseError(Exception):
    """A claim that is not true, from where releases may come from. The text is for the log."""


class ReleaseGate(Protocol):
    """Says which claims are true. Used by many threads at a time."""

    def admit(self, claim: Claim) -> str | None:
        """Return the id of the stored message that is released; None if the field means nothing.

        That uses the claim up: it is admitted once.

        Raises:
            ReleaseError: It is not true, or cannot be checked: it counts as not admitted.
        """
