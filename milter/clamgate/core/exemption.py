"""The rules of who is not scanned at all."""

from __future__ import annotations

from collections.abc import Iterable

from clamgate.core.envelope import Client
from clamgate.core.networks import network_of
from clamgate.core.settings import Exclusions, Pattern


def exempt_client(client: Client, exclusions: Exclusions) -> str | None:
    """Say why nothing from this client is scanned, or None if it is."""
    if client.local:
        return "local mail (LocalNet local)" if exclusions.local else None
    if client.address is None:
        return None
    network = network_of(client.address, exclusions.networks)
    return None if network is None else f"client in LocalNet {network}"


def exempt_sender(
    reverse_path: bytes, auth_name: bytes | None, exclusions: Exclusions
) -> str | None:
    """Say why mail of this sender is not scanned, or None if it is."""
    if auth_name:
        if auth_name.lower() in exclusions.auth_names:
            return "authenticated user listed in SkipAuthenticated"
        if exclusions.auth_pattern and exclusions.auth_pattern.search(auth_name):
            return "authenticated user matches SkipAuthenticated"
    if exclusions.senders and _matches_any(exclusions.senders, reverse_path):
        return "sender in AllowList"
    return None


def exempt_recipients(recipients: Iterable[bytes], exclusions: Exclusions) -> str | None:
    """Say why mail to exactly these recipients is not scanned, or None if it is.

    One recipient that is not in the AllowList is enough for a message to be scanned.
    """
    if not exclusions.recipients:
        return None
    asked = list(recipients)
    if asked and all(_matches_any(exclusions.recipients, one) for one in asked):
        return "all recipients in AllowList"
    return None


def _matches_any(patterns: Iterable[Pattern], subject: bytes) -> bool:
    return any(pattern.search(subject) for pattern in patterns)
