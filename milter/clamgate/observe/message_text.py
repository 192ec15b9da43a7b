"""A message in the words that log lines and VirusAction share."""

from __future__ import annotations

from dataclasses import dataclass

from clamgate.core.envelope import Client, Message
from clamgate.observe.text import UNKNOWN, address_text, header_text, path_text, printable


@dataclass(frozen=True, slots=True)
class MessageText:
    """What is told of a message, each part printable and bounded; UNKNOWN where it is missing.

    Attributes:
        queue_id: The MTA's queue id.
        sender: The envelope sender without angle brackets, empty for a bounce.
        recipients: At least one; see `describe`.
        subject: The first Subject.
        message_id: The Message-ID, with its angle brackets.
        date: The Date.
    """

    queue_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    date: str


def describe(message: Message, *, each_recipient: bool) -> MessageText:
    """Put a message in words.

    Args:
        message: What is known of it.
        each_recipient: Whether SupportMultipleRecipients is on: then all recipients are given,
            as RCPT named them, *with* their angle brackets; else the last one, without. That is
            what the C program does (tried with 1.4.6), and what programs that read its log or are
            run by it have learnt to expect.
    """
    headers = message.headers
    return MessageText(
        queue_id=queue_id_text(message.envelope.queue_id),
        sender=address_text(message.envelope.reverse_path),
        recipients=_recipients(message.envelope.recipients, each_recipient=each_recipient),
        subject=header_text(headers.subjects[0] if headers.subjects else None),
        message_id=header_text(headers.message_id),
        date=header_text(headers.date),
    )


def queue_id_text(queue_id: str) -> str:
    """Return a queue id, UNKNOWN if the MTA gave none."""
    return printable(queue_id) or UNKNOWN


def client_text(client: Client) -> str:
    """Return a client as Postfix logs it (``mail.example[192.0.2.1]``), ``local`` if it is that."""
    if client.local:
        return "local"
    if client.address is None:
        return printable(client.host) or UNKNOWN
    # A client without a name is given as its address in brackets; once is enough.
    host = "" if client.host.startswith("[") else printable(client.host)
    return f"{host}[{client.address}]"


def _recipients(paths: tuple[bytes, ...], *, each_recipient: bool) -> tuple[str, ...]:
    if not paths:
        return (UNKNOWN,)
    if each_recipient:
        return tuple(path_text(path) for path in paths)
    return (address_text(paths[-1]),)
