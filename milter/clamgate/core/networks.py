"""Networks of IP addresses."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from socket import AF_INET, AF_INET6, inet_pton

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def address_of(text: str) -> Address:
    """Return the address that a text stands for: as `ipaddress.ip_address` does, but sooner.

    Each connection begins with one.

    Raises:
        ValueError: It is no address.
    """
    try:
        if ":" in text:
            return IPv6Address(inet_pton(AF_INET6, text))
        return IPv4Address(inet_pton(AF_INET, text))
    except (OSError, ValueError):
        return ip_address(text)  # which knows zones (fe80::1%eth0), and says what is wrong


def network_of(address: Address, networks: Iterable[Network]) -> Network | None:
    """Return the first of `networks` that holds an address, None if none does.

    An IPv4 address that came in IPv6's clothes (``::ffff:192.0.2.1``) counts as what it is.
    """
    plain = getattr(address, "ipv4_mapped", None) or address
    for network in networks:
        if plain.version == network.version and plain in network:
            return network
    return None
