"""The Received field that this MTA puts on top of each mail, in Postfix's form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from clamgate.harness.mta.known import Client, Login, Tls


@dataclass(frozen=True, slots=True)
class Hello:
    """How a client greeted: the name it gave itself, and whether it said EHLO."""

    name: bytes
    extended: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a mail came in.

    Attributes:
        client: Who sent it.
        hello: How that client greeted, None if it did not.
        tls: How the session is encrypted, None if it is not.
        login: Who authenticated, None if nobody did.
        utf8: Whether SMTPUTF8 was asked for.
    """

    client: Client
    hello: Hello | None
    tls: Tls | None
    login: Login | None
    utf8: bool


def received_field(
    arrival: Arrival, host: str, queue_id: str, recipients: tuple[bytes, ...], when: datetime
) -> bytes:
    """Return the field, its lines joined by LF; one recipient is named, several are not."""
    client = arrival.client
    name = arrival.hello.name if arrival.hello else client.name.encode()
    lines = [b"Received: from %s (%s [%s])" % (name, client.name.encode(), client.literal.encode())]
    if tls := arrival.tls:
        using = f"\t(using {tls.version} with cipher {tls.cipher} ({tls.bits}/{tls.bits} bits))"
        lines.append(using.encode())
    by = f"\tby {host} (clamgate) with {_protocol(arrival)} id {queue_id}".encode()
    date = format_datetime(when).encode()
    if len(recipients) == 1:
        lines += [by, b"\tfor <" + recipients[0] + b">; " + date]
    else:
        lines += [by + b";", b"\t" + date]
    return b"\n".join(lines)


def _protocol(arrival: Arrival) -> str:
    """Return the protocol's name (RFC 3848)."""
    if not (arrival.hello and arrival.hello.extended):
        return "SMTP"
    word = "UTF8SMTP" if arrival.utf8 else "ESMTP"
    return word + ("S" if arrival.tls else "") + ("A" if arrival.login else "")
