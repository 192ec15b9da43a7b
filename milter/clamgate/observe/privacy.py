"""LogPrivacy: an event without what the log must not hold. The mail itself is not touched."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_network

from clamgate.core.decision import Decision
from clamgate.core.envelope import Client, Envelope, Message, bare_address
from clamgate.core.events import (
    ConnectionExempt,
    Event,
    MessageExempt,
    MessageJudged,
    MessageReleased,
)
from clamgate.core.settings import LogPrivacy

MASK = b"***"

_IPV4_BITS = 24
_IPV6_BITS = 48


def masked(event: Event, privacy: Collection[LogPrivacy]) -> Event:
    """Return an event with what LogPrivacy names masked."""
    if not privacy:
        return event
    match event:
        case ConnectionExempt(client):
            return replace(event, client=_client(client, privacy))
        case MessageJudged(message, _, decision):
            return replace(
                event, message=_message(message, privacy), decision=_decision(decision, privacy)
            )
        case MessageExempt(message) | MessageReleased(message):
            return replace(event, message=_message(message, privacy))
        case _:
            return event


def masked_address(path: bytes) -> bytes:
    """Return an envelope path with its local part masked; ``<>`` has none."""
    bare = bare_address(path)
    if not bare:
        return path
    _, at, domain = bare.rpartition(b"@")
    hidden = MASK + (at + domain if at else b"")
    return hidden if bare == path else b"<%b>" % hidden


def masked_ip(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the first address of the network it is in: /24, or /48 with IPv6."""
    bits = _IPV4_BITS if isinstance(address, IPv4Address) else _IPV6_BITS
    return ip_network(f"{address}/{bits}", strict=False).network_address


def _message(message: Message, privacy: Collection[LogPrivacy]) -> Message:
    headers = message.headers
    if LogPrivacy.SUBJECT in privacy:
        headers = replace(headers, subjects=(MASK,) * len(headers.subjects))
    return replace(message, envelope=_envelope(message.envelope, privacy), headers=headers)


def _envelope(envelope: Envelope, privacy: Collection[LogPrivacy]) -> Envelope:
    envelope = replace(envelope, client=_client(envelope.client, privacy))
    if LogPrivacy.ADDRESSES not in privacy:
        return envelope
    return replace(
        envelope,
        reverse_path=masked_address(envelope.reverse_path),
        recipients=tuple(masked_address(one) for one in envelope.recipients),
        auth_name=envelope.auth_name and MASK,
    )


def _decision(decision: Decision, privacy: Collection[LogPrivacy]) -> Decision:
    if LogPrivacy.ADDRESSES not in privacy:
        return decision
    shares = tuple(
        replace(share, recipient=masked_address(share.recipient)) for share in decision.shares
    )
    return replace(decision, shares=shares)


def _client(client: Client, privacy: Collection[LogPrivacy]) -> Client:
    if LogPrivacy.CLIENTS not in privacy or client.local:
        return client
    address = client.address and masked_ip(client.address)
    name = MASK.decode()
    return Client(host=name, address=address, helo=client.helo and name)
