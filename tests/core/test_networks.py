from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from clamgate.core.networks import network_of

NETS = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("192.0.2.7", NETS[0]),
        ("::ffff:192.0.2.7", NETS[0]),
        ("192.0.3.7", None),
        ("2001:db8::1", NETS[1]),
        ("2001:db9::1", None),
    ],
)
def test_the_network_of_an_address(address: str, found: object) -> None:
    assert network_of(ip_address(address), NETS) == found
