"""Messages and events that the tests of this folder are about."""

from __future__ import annotations

import threading
from ipaddress import IPv4Address

from clamgate.core.decision import Decision, Disposition
from clamgate.core.envelope import Client, Envelope, HeaderFacts, Message
from clamgate.core.events import Event, MessageJudged
from clamgate.core.verdict import Infected, ScanReport, Verdict

CLIENT = Client("mail.example", IPv4Address("192.0.2.1"), 2525)
EICAR = Infected(("Eicar-Test-Signature",))


def message(
    *,
    sender: bytes = b"<a@example.org>",
    recipients: tuple[bytes, ...] = (b"<one@example.net>", b"<two@example.net>"),
    headers: HeaderFacts | None = None,
    queue_id: str = "4XyZ",
    client: Client = CLIENT,
) -> Message:
    if headers is None:
        headers = HeaderFacts(
            subjects=(b"Hello", b"a second one"),
            message_id=b"<id@example.org>",
            date=b"Mon, 1 Jan 2024 00:00:00 +0000",
        )
    return Message(Envelope(client, sender, recipients, None, queue_id), headers, size=1234)


def judged(
    verdict: Verdict,
    of: Message | None = None,
    *,
    disposition: Disposition = Disposition.ACCEPT,
    rule: str = "OnClean Accept",
) -> MessageJudged:
    return MessageJudged(
        message=of or message(),
        report=ScanReport(verdict, clamd="unix:/run/clamd.ctl", attempts=1, seconds=0.0125),
        decision=Decision(disposition, rule=rule),
        seconds=0.25,
    )


class Recorder:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._lock = threading.Lock()

    def observe(self, event: Event) -> None:
        with self._lock:
            self.events.append(event)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
