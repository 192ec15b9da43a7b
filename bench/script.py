"""A message as the packets that Postfix sends of it, encoded beforehand. Pure.

Postfix buffers what it sends until it has to wait for a reply ("This allows us to send multiple
headers in one VSTREAM transaction", its milter8.c). So a filter that asked not to be waited for
gets a message in few bursts; one that replies to every header and chunk gets as many as those.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.messages import TOKEN
from clamgate.harness.macros import (
    Values,
    connection_values,
    macros_before,
    queue_values,
    recipient_values,
    sender_values,
)
from clamgate.harness.mail import Message, Peer
from clamgate.harness.session import Session
from clamgate.harness.wire import (
    Abort,
    Body,
    Command,
    Connect,
    Data,
    EndOfHeader,
    EndOfMessage,
    Header,
    Helo,
    Mail,
    Rcpt,
)


@dataclass(frozen=True, slots=True)
class Burst:
    """What is sent in one go, before a reply is waited for.

    Attributes:
        pieces: The beginning, cut where the message's token goes.
        rest: What follows; the same in all messages, and so never copied.
        answered: Whether a reply is to come. Only what ends an opening may have none.
    """

    pieces: tuple[bytes, ...]
    rest: tuple[bytes, ...]
    answered: bool

    def buffers(self, token: bytes) -> list[bytes]:
        """Return it for one message."""
        return [token.join(self.pieces), *self.rest]


@dataclass(frozen=True, slots=True)
class Script:
    """All that is sent on a connection once options were agreed on.

    Attributes:
        opening: For the SMTP client: Connect and Helo.
        message: For each message; the reply to its last burst is the filter's verdict.
    """

    opening: tuple[Burst, ...]
    message: tuple[Burst, ...]


def compose(message: Message, session: Session) -> Script:
    """Encode a message for a filter with which `session` has agreed on options."""
    peer = Peer()
    values = connection_values(peer)
    opening = [
        (Connect(peer.host, peer.family, peer.port, peer.address), values),
        (Helo(peer.helo), values),
    ]
    return Script(_bursts(opening, session), _bursts(_steps(message), session))


def _steps(message: Message) -> list[tuple[Command, Values]]:
    """Return a message's commands, each with the macros known then.

    The Abort ends the message before: Postfix buffers it, and it leaves with what follows.
    """
    known: Values = sender_values(message)
    steps: list[tuple[Command, Values]] = [(Abort(), {}), (Mail(message.sender), known)]
    for recipient in message.recipients:
        known = {**known, **recipient_values(recipient)}
        steps.append((Rcpt(recipient), known))
        known = {**known, **queue_values(message)}
    steps.append((Data(), known))
    steps.extend((Header(name, value), known) for name, value in message.fields)
    steps.append((EndOfHeader(), known))
    steps.extend((Body(chunk), known) for chunk in message.chunks())
    steps.append((EndOfMessage(), known))
    return steps


def _bursts(steps: Iterable[tuple[Command, Values]], session: Session) -> tuple[Burst, ...]:
    """Encode the commands, and cut after each one to which a reply is to come."""
    bursts = []
    packets: list[bytes] = []
    for command, values in steps:
        if not session.wants(command):
            continue
        macros = macros_before(command, values, session.agreed)
        packets += [session.encode(one) for one in (macros, command) if one is not None]
        if session.answers(command):
            bursts.append(_burst(packets, answered=True))
            packets = []
    return (*bursts, _burst(packets, answered=False)) if packets else tuple(bursts)


def _burst(packets: list[bytes], *, answered: bool) -> Burst:
    """Join all up to the last packet with a token, and leave the long ones after that alone."""
    tokens = [n for n, packet in enumerate(packets) if TOKEN in packet]
    end = tokens[-1] + 1 if tokens else 0
    rest = packets[end:]
    if sum(map(len, rest)) <= _SHORT:
        end, rest = len(packets), []
    return Burst(tuple(b"".join(packets[:end]).split(TOKEN)), tuple(rest), answered)


_SHORT = 16 * 1024
"""Bytes that are rather copied than sent as a buffer of their own."""
