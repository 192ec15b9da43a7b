from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

import pytest

from clamgate.core.envelope import Client
from clamgate.core.exemption import exempt_client, exempt_recipients, exempt_sender
from clamgate.core.settings import Exclusions

NETS = Exclusions(networks=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")), local=True)


@pytest.mark.parametrize(
    ("client", "excluded"),
    [
        (Client("a", ip_address("192.0.2.7")), True),
        (Client("a", ip_address("::ffff:192.0.2.7")), True),
        (Client("a", ip_address("192.0.3.7")), False),
        (Client("a", ip_address("2001:db8::1")), True),
        (Client("a", ip_address("2001:db9::1")), False),
        (Client("localhost", local=True), True),
        (Client("localhost"), False),
    ],
)
def test_local_net(client: Client, excluded: bool) -> None:  # noqa: FBT001  a parameter of the table
    assert (exempt_client(client, NETS) is not None) is excluded


def test_local_mail_is_scanned_unless_local_net_local() -> None:
    assert exempt_client(Client("localhost", local=True), Exclusions()) is None


ALLOW = Exclusions(
    senders=(re.compile(rb"<boss@example\.com>", re.IGNORECASE),),
    recipients=(re.compile(rb"@trusted\.example>", re.IGNORECASE),),
    auth_pattern=re.compile(rb"^(tom|dick)$", re.IGNORECASE),
    auth_names=frozenset({b"harry"}),
)


@pytest.mark.parametrize(
    ("path", "auth", "excluded"),
    [
        (b"<boss@example.com>", None, True),
        (b"<BOSS@example.com>", None, True),
        (b"<bossy@example.com>", None, False),
        (b"<>", None, False),
        (b"<x@y>", b"Tom", True),
        (b"<x@y>", b"tomas", False),
        (b"<x@y>", b"harry", True),
        (b"<x@y>", b"Harry", True),
        (b"<x@y>", b"", False),
    ],
)
def test_senders(path: bytes, auth: bytes | None, excluded: bool) -> None:  # noqa: FBT001  as above
    assert (exempt_sender(path, auth, ALLOW) is not None) is excluded


@pytest.mark.parametrize(
    ("recipients", "excluded"),
    [
        ([b"<a@trusted.example>"], True),
        ([b"<a@trusted.example>", b"<b@Trusted.Example>"], True),
        ([b"<a@trusted.example>", b"<b@other.example>"], False),
        ([], False),
    ],
)
def test_recipients_must_all_be_allowed(
    recipients: list[bytes],
    excluded: bool,  # noqa: FBT001  as above
) -> None:
    assert (exempt_recipients(recipients, ALLOW) is not None) is excluded
