"""Sockets and networks: text in, value out, or a ValueError that says what would be right."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network

from clamgate.config.values import absolute_path
from clamgate.core.networks import Network
from clamgate.core.settings import Endpoint, TcpEndpoint, UnixEndpoint

CLAMD_PORT = 3310

_LONGEST_UNIX_PATH = 107  # bytes in sockaddr_un.sun_path, less the NUL
_LARGEST_PORT = 65535
_MAPPED_BITS = 96  # of ::ffff:0:0/96, IPv4 addresses within IPv6

_MILTER_FORMS = "must be unix:/path, inet:port@address or inet6:port@address"
_CLAMD_FORMS = "must be unix:/path or tcp:host:port"
_HOST_AND_PORT = re.compile(r"(?:tcp:)?(?:(?P<host>[^:@/\s]*):)?(?P<port>[0-9]{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clients:
    """What one LocalNet stands for: networks, or mail that did not come by SMTP."""

    networks: tuple[Network, ...] = ()
    local: bool = False


def milter_socket(text: str) -> Endpoint:
    """Parse MilterSocket; libmilter's forms, its ``[unix:|local:]`` being optional."""
    if text.startswith("/"):
        return _unix(text)
    scheme, colon, rest = text.partition(":")
    if not colon:
        raise ValueError(_MILTER_FORMS + _filter_meant(text))
    match scheme.lower():
        case "unix" | "local" | "":
            return _unix(rest)
        case "inet" | "inet6":
            port, _, host = rest.partition("@")
            return TcpEndpoint(_unbracketed(host), _port(port, least=0), scheme.lower())
        case _:
            raise ValueError(_MILTER_FORMS + _filter_meant(text))


def clamd_socket(text: str) -> Endpoint:
    """Parse ClamdSocket. After the last colon stands the port, which only IPv6 needs."""
    scheme, _, rest = text.partition(":")
    match scheme.lower():
        case "unix":
            return _unix(rest)
        case "tcp":
            return _tcp(rest)
        case _:
            raise ValueError(_CLAMD_FORMS + _clamd_meant(text))


def local_net(text: str) -> Clients:
    """Parse LocalNet, asking the resolver for a host name.

    A name without a mask stands for all its addresses (the C program takes one of them); with a
    mask it stands for the first. Bits of the address beyond the mask do not count.
    """
    if text.lower() == "local":
        return Clients(local=True)
    host, slash, mask = text.partition("/")
    if slash and not (mask.isascii() and mask.isdecimal()):
        raise ValueError(
            "after the slash must stand the number of bits of the network, as in 192.0.2.0/24"
        )
    addresses = _addresses(host)
    if not slash:
        return Clients(tuple(_network(address, None) for address in addresses))
    return Clients((_network(addresses[0], int(mask[:4])),))


def network(text: str) -> tuple[Network, ...]:
    """Parse a network, or a host name, as LocalNet does."""
    clients = local_net(text)
    if clients.local:
        raise ValueError("must be a network, such as 127.0.0.0/8: local has no address")
    return clients.networks


def smtp_server(text: str) -> TcpEndpoint:
    """Parse HOST:PORT of an SMTP server."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or " " in host:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:10026")
    return TcpEndpoint(_unbracketed(host), _port(port, least=1))


def metrics_listen(text: str) -> TcpEndpoint:
    """Parse HOST:PORT of an address of this machine; the host is an address or a name."""
    host, colon, port = text.rpartition(":")
    host = _unbracketed(host)
    if not colon or not host or " " in host:
        raise ValueError(
            "must be HOST:PORT, such as 127.0.0.1:9357 (0.0.0.0 is every IPv4 address, [::] every"
            " address)"
        )
    return TcpEndpoint(host, _port(port, least=0))


def _filter_meant(text: str) -> str:
    """Say what to write instead of a port, or a host and a port."""
    found = _HOST_AND_PORT.fullmatch(text)
    return f": write inet:{found['port']}@{found['host'] or '127.0.0.1'}" if found else ""


def _clamd_meant(text: str) -> str:
    """Say what to write instead of a path, or a host and a port."""
    if text.startswith("/"):
        return f": write unix:{text}"
    found = _HOST_AND_PORT.fullmatch(text)
    return f": write tcp:{found['host'] or '127.0.0.1'}:{found['port']}" if found else ""


def _unix(path: str) -> UnixEndpoint:
    if len(os.fsencode(absolute_path(path))) > _LONGEST_UNIX_PATH:
        raise ValueError(f"the path of a socket can be {_LONGEST_UNIX_PATH} bytes long at most")
    return UnixEndpoint(path)


def _tcp(rest: str) -> TcpEndpoint:
    if rest.startswith("["):
        host, bracket, port = rest[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise ValueError("must be tcp:[address]:port")
        return TcpEndpoint(_ipv6(host), _port(port[1:], least=1) if port else CLAMD_PORT)
    host, colon, port = rest.rpartition(":")
    if not colon:
        host, port = port, str(CLAMD_PORT)
    if not host or " " in host:
        raise ValueError(_CLAMD_FORMS)
    return TcpEndpoint(_ipv6(host) if ":" in host else host, _port(port, least=1))


def _ipv6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        raise ValueError(
            f'"{text}" is no IPv6 address: write tcp:[address]:port, as in tcp:[::1]:{CLAMD_PORT}'
        ) from None


def _port(text: str, least: int) -> int:
    """Parse a port, by number or by its name in /etc/services."""
    if text.isascii() and text.isdecimal():
        port = int(text[:6])
        if not least <= port <= _LARGEST_PORT:
            raise ValueError(f"a port is a number from 1 to {_LARGEST_PORT}")
        return port
    try:
        return socket.getservbyname(text, "tcp")
    except (OSError, ValueError):
        raise ValueError(f'"{text}" is no port: write its number') from None


def _unbracketed(host: str) -> str:
    if host.startswith("[") and host.endswith("]"):
        return host[1:-1]
    return host


def _addresses(host: str) -> list[str]:
    """Return the addresses of a host, each once, in the resolver's order."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no host name"
        raise ValueError(
            f'"{host}" has no address ({reason}): write a network such as 192.0.2.0/24, a host'
            " that the resolver knows, or local"
        ) from None
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def _network(address: str, bits: int | None) -> Network:
    ip = ip_address(address)
    if bits is None:
        bits = ip.max_prefixlen
    if bits > ip.max_prefixlen:
        raise ValueError(f"a network of {ip} can have {ip.max_prefixlen} bits at most")
    network = ip_network(f"{ip}/{bits}", strict=False)
    return _unmapped(network) if isinstance(network, IPv6Network) else network


def _unmapped(network: IPv6Network) -> Network:
    """Return an IPv4 network written as IPv6 in its own form: clients are compared by that."""
    inner = network.network_address.ipv4_mapped
    if inner is None or network.prefixlen < _MAPPED_BITS:
        return network
    return ip_network(f"{inner}/{network.prefixlen - _MAPPED_BITS}")
