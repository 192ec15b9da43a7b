"""What came of a flow, in words: two MTAs agree where the words are the same.

Made alike on the way are what MTAs say when they accept (`dialogue`), and the value of the Received
field that each adds; its place among the other fields counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tests.mail_server import Queued
from tests.sink import Delivery

_FOLD = re.compile(rb"\r\n(?=[ \t])")


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one flow.

    Attributes:
        replies: What the SMTP client got to hear, each reply behind the command.
        delivered: What arrived downstream, envelope and content of each message.
        held: The envelopes of what is in quarantine.
        faults: What the MTA sent to the filter and must not send.
    """

    replies: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def delivered_words(deliveries: Iterable[Delivery]) -> tuple[str, ...]:
    """Put deliveries in words, in no order: MTAs deliver several messages at once."""
    return tuple(sorted(_delivery_words(delivery) for delivery in deliveries))


def held_words(messages: Iterable[Queued]) -> tuple[str, ...]:
    """Put messages in quarantine in words."""
    return tuple(sorted(_envelope_words(one.sender, one.recipients) for one in messages))


def flow_of(delivery: Delivery) -> str:
    """Return whose message it is, by its own word, or else by whom it is returned to."""
    marks = delivery.values(b"X-Flow")
    return marks[0].decode() if marks else delivery.recipients[0].partition("@")[0]


def _delivery_words(delivery: Delivery) -> str:
    header, empty, body = delivery.content.partition(b"\r\n\r\n")
    fields = [_field_words(field) for field in _FOLD.sub(b"\n", header).split(b"\r\n")]
    envelope = _envelope_words(delivery.sender, delivery.recipients)
    return "\n".join((envelope, *fields, repr(empty + body)))


def _field_words(field: bytes) -> str:
    return "Received: ..." if field.startswith(b"Received:") else repr(field)


def _envelope_words(sender: str, recipients: Iterable[str]) -> str:
    return f"from <{sender.strip('<>')}> to {', '.join(sorted(recipients))}"
