"""Messages to store, and a source of their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from clamgate.core.envelope import Client, Envelope, HeaderFacts, Message
from clamgate.core.rules import Action
from clamgate.core.storing import Kept, StoreRecord
from clamgate.core.verdict import Infected
from clamgate.quarantine.index import MessageIndex
from clamgate.quarantine.record import make_record

NOON = 1_795_608_000.0  # 2026-11-25 12:00 UTC
CONTENT = b"Subject: caf\xe9\r\n\r\n" + bytes(range(256)) + b"\r\n.\r\nlone \n and \r\r\n"


@dataclass(frozen=True)
class Source:
    """Bytes to store; they come in pieces of `piece`, and `error` after them."""

    content: bytes = CONTENT
    piece: int = 100
    error: OSError | None = None

    @property
    def size(self) -> int:
        return len(self.content)

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, len(self.content), self.piece):
            yield self.content[start : start + self.piece]
        if self.error:
            raise self.error


def told(
    *recipients: bytes,
    sender: bytes = b"<sender@example.org>",
    signatures: tuple[str, ...] = ("Win.Test.EICAR_HDB-1",),
    signature_class: str = "test",
    subject: bytes = b"hello",
    time: float = NOON,
) -> StoreRecord:
    """What a filter knows of a message that it stores."""
    paths = recipients or (b"<rcpt@example.net>",)
    envelope = Envelope(
        Client("mail.example.org", ip_address("192.0.2.1"), 1234),
        sender,
        (*paths, b"<other@example.net>"),
        queue_id="4QX",
    )
    return StoreRecord(
        Message(envelope, HeaderFacts((subject,), b"<1@example.org>"), 10),
        Infected(signatures),
        signature_class,
        tuple(
            Kept(path, Action.STORE, "OnInfected Store (x.conf:3)", "infected") for path in paths
        ),
        time,
    )


def fill(index: MessageIndex) -> None:
    """Add three messages, 10 s apart."""
    index.add(make_record("a-1", told(time=NOON), 10), 5)
    index.add(make_record("a-2", told(b"<x@example.com>", sender=b"<>", time=NOON + 10), 20), 6)
    phish = told(
        b"<x@example.com>",
        b"<Boss_1@Example.NET>",
        signatures=("Phishing.Email.100%", "Other"),
        signature_class="phishing",
        time=NOON + 20,
    )
    index.add(make_record("b-3", phish, 30), 7)
