"""Who sent what to whom, as the MTA told us. Addresses stay bytes: mail is not always UTF-8."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from clamgate.core.contents import NOTHING, Contents
from clamgate.core.parts import FoundPart


@dataclass(frozen=True, slots=True)
class Client:
    """The SMTP client at the other end of the MTA's connection.

    Attributes:
        host: The name the MTA found for it (``[192.0.2.1]`` where there is none).
        address: Its IP address; None where the MTA gave none.
        port: Its TCP port, 0 where there is none.
        local: Whether the mail did not come by SMTP at all: the MTA gave no address, and no name
            or ``localhost`` (so Postfix and Sendmail show mail of their sendmail command).
        helo: What it called itself last, empty if it has not.
    """

    host: str
    address: IPv4Address | IPv6Address | None = None
    port: int = 0
    local: bool = False
    helo: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One transaction's envelope.

    Attributes:
        client: Where the connection came from.
        reverse_path: The argument of MAIL FROM, angle brackets included (``<>`` for a bounce).
        recipients: The arguments of RCPT TO, angle brackets included, in the order given.
        auth_name: The AUTH login name (macro ``{auth_authen}``), None if not authenticated.
        queue_id: The MTA's queue id (macro ``i``), empty if it gave none.
    """

    client: Client
    reverse_path: bytes = b"<>"
    recipients: tuple[bytes, ...] = ()
    auth_name: bytes | None = None
    queue_id: str = ""


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """What the policy and the log need to know of a message's header.

    Attributes:
        subjects: Every Subject value in the order met, as received: folds kept, without the
            one leading space.
        message_id: The first Message-ID value, None if there is none.
        date: The first Date value, None if there is none.
        virus_scanned: How many X-Virus-Scanned fields the message came with.
        virus_status: How many X-Virus-Status fields the message came with.
        ambiguity: How many MIME-Ambiguity-Results fields.
    """

    subjects: tuple[bytes, ...] = ()
    message_id: bytes | None = None
    date: bytes | None = None
    virus_scanned: int = 0
    virus_status: int = 0
    ambiguity: int = 0

    @property
    def has_ours(self) -> bool:
        """Whether it came with any of the fields that we set."""
        return bool(self.virus_scanned or self.virus_status or self.ambiguity)


@dataclass(frozen=True, slots=True)
class Message:
    """One whole transaction, as far as policy, log and history care.

    Attributes:
        envelope: Who sent it to whom.
        headers: What is known of its header.
        size: Bytes of header and body as the MTA handed them over, whether kept or not.
        part: The part of it in which something was found, None if that is not known.
        contents: What is attached to it, as far as the rules ask for that.
    """

    envelope: Envelope
    headers: HeaderFacts = field(default_factory=HeaderFacts)
    size: int = 0
    part: FoundPart | None = None
    contents: Contents = NOTHING


def bare_address(path: bytes) -> bytes:
    """Return an envelope path without its angle brackets (``<>`` is empty)."""
    if path.startswith(b"<") and path.endswith(b">"):
        return path[1:-1]
    return path
