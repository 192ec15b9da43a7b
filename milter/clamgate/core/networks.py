"""Networks of IP addresses."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def network_of(address: Address, networks: Iterable[Network]) -> Network | None:
    """Return the first of `networks` that holds an address, None if none does.

    An IPv4 address that came in IPv6's clothes (``::ffff:192.0.2.1``) counts as what it is.
    """
    plain = getattr(address, "ipv4_mapped", None) or address
    for network in networks:
        if plain.version == network.version and plain in network:
            return network
    return None
