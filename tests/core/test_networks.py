from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from clamgate.core.networks import address_of, network_of

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


@pytest.mark.parametrize(
    "text", ["192.0.2.1", "0.0.0.0", "::", "2001:db8::7", "::ffff:192.0.2.1", "fe80::1%eth0"]
)
def test_an_address_is_what_the_standard_library_takes_it_for(text: str) -> None:
    assert address_of(text) == ip_address(text)


@pytest.mark.parametrize("text", ["", "192.0.2", "192.0.2.01", "::g", "192.0.2.1\0", "mx"])
def test_what_is_no_address_is_refused_in_its_words(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 address"):
        address_of(text)
