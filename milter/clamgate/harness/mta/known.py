"""What the MTA knows of a session, and the macros it makes of it (Postfix's smtpd_milter.c)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from clamgate.harness.macros import Values
from clamgate.harness.wire import Connect, Family


@dataclass(frozen=True, slots=True)
class Tls:
    """An encrypted session: ``TLSv1.3``, the cipher's name, its bits."""

    version: str
    cipher: str
    bits: int


@dataclass(frozen=True, slots=True)
class Login:
    """Who authenticated, and how (``PLAIN``)."""

    name: bytes
    mechanism: str


@dataclass(frozen=True, slots=True)
class Client:
    """An SMTP client: its address and port, and ours that it connected to.

    Attributes:
        name: Its host name; ``unknown`` where it was not looked up.
    """

    address: str
    port: int
    our_address: str
    our_port: int
    name: str = "unknown"

    @property
    def family(self) -> Family:
        """The kind of its address."""
        version = ipaddress.ip_address(self.address.partition("%")[0]).version
        return Family.INET if version == 4 else Family.INET6  # noqa: PLR2004 - IP's version

    @property
    def announcement(self) -> Connect:
        """What filters are told of it."""
        return Connect(self.name.encode(), self.family, self.port, self.address.encode())

    @property
    def literal(self) -> str:
        """Its address as in a Received field (RFC 5321, 4.1.3)."""
        return f"IPv6:{self.address}" if self.family is Family.INET6 else self.address


def client_values(host: str, client: Client) -> Values:
    """Return the macros of a connection; `host` is our own name."""
    texts = {
        "j": host,
        "{daemon_name}": host,
        "{daemon_addr}": client.our_address,
        "{daemon_port}": str(client.our_port),
        "v": "clamgate harness",
        "_": f"{client.name} [{client.address}]",
        "{client_addr}": client.literal,
        "{client_name}": client.name,
        "{client_ptr}": client.name,
        "{client_port}": str(client.port),
        "{client_connections}": "1",
        "{client_resolve}": "FAIL" if client.name == "unknown" else "OK",
    }
    return {name.encode(): text.encode() for name, text in texts.items()}


def session_values(tls: Tls | None, login: Login | None) -> Values:
    """Return the macros of encryption and authentication."""
    values: dict[bytes, bytes] = {}
    if tls:
        values |= {
            b"{tls_version}": tls.version.encode(),
            b"{cipher}": tls.cipher.encode(),
            b"{cipher_bits}": str(tls.bits).encode(),
        }
    if login:
        values |= {b"{auth_type}": login.mechanism.encode(), b"{auth_authen}": login.name}
    return values


def address_values(kind: bytes, address: bytes) -> Values:
    """Return the macros of an address; `kind` is ``mail`` or ``rcpt``."""
    return {
        b"{" + kind + b"_addr}": address,
        b"{" + kind + b"_host}": address.rpartition(b"@")[2],
        b"{" + kind + b"_mailer}": b"smtp",
    }
