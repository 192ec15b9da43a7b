from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from clamgate.core.envelope import Client
from clamgate.core.releasing import Claim, ReleaseError
from clamgate.quarantine.gate import SignedReleases
from clamgate.quarantine.store import Quarantine
from clamgate.quarantine.token import Token, sign

NOW = 1_000_000.0
NETWORKS = (ip_network("127.0.0.0/8"), ip_network("2001:db8::/32"))
TO = (b"<a@example.net>",)
BODY = b"d" * 32


def gate(store: Quarantine, now: float = NOW) -> SignedReleases:
    return SignedReleases(store, NETWORKS, lambda: now)


def claim(store: Quarantine, nonce: str = "0" * 32) -> Claim:
    value = sign(Token("261125-abc", nonce, int(NOW) + 900), TO, BODY, store.secret)
    client = Client("localhost", ip_address("127.0.0.1"))
    return Claim(value.encode(), client, TO, BODY)


def test_a_release_is_admitted_once(store: Quarantine) -> None:
    assert gate(store).admit(claim(store)) == "261125-abc"
    with pytest.raises(ReleaseError, match="the release of 261125-abc was used before"):
        gate(store).admit(claim(store))
    assert gate(store).admit(claim(store, "1" * 32)) == "261125-abc"


@pytest.mark.parametrize("address", ["127.3.2.1", "::ffff:127.0.0.1", "2001:db8::1"])
def test_it_may_come_from_any_of_the_networks(local: Quarantine, address: str) -> None:
    near = replace(claim(local), client=Client("x", ip_address(address)))
    assert gate(local).admit(near) == "261125-abc"


@pytest.mark.parametrize("address", ["192.0.2.1", "::1", None])
def test_from_elsewhere_it_means_nothing_and_is_not_used_up(
    local: Quarantine, address: str | None
) -> None:
    client = Client("x", ip_address(address) if address else None)
    assert gate(local).admit(replace(claim(local), client=client)) is None
    assert gate(local).admit(claim(local)) == "261125-abc"


def test_a_refused_claim_is_not_used_up(local: Quarantine) -> None:
    true = claim(local)
    for other in (replace(true, body=b"e" * 32), replace(true, recipients=(b"<b@example.net>",))):
        with pytest.raises(ReleaseError, match="not signed here"):
            gate(local).admit(other)
    with pytest.raises(ReleaseError, match="has expired"):
        gate(local, NOW + 900).admit(true)
    assert gate(local).admit(true) == "261125-abc"


def test_one_that_cannot_be_checked_is_not_admitted(local: Quarantine) -> None:
    true = claim(local)
    for path in local.directory.glob("index.db*"):
        path.unlink()
    with pytest.raises(ReleaseError, match="index: no such table"):
        gate(local).admit(true)
    (local.directory / "release-secret").unlink()
    with pytest.raises(ReleaseError, match=r"cannot read .*release-secret"):
        gate(local).admit(true)
