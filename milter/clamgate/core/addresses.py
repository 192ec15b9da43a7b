"""Sets of mail addresses: single ones, domains, and all below a domain."""

from __future__ import annotations

from dataclasses import dataclass

from clamgate.core.envelope import bare_address


@dataclass(frozen=True, slots=True)
class AddressSet:
    """Addresses to look an envelope path up in. All parts are in lower case.

    Attributes:
        addresses: Whole ones, without angle brackets; empty is the sender of a bounce.
        domains: Domains of which every address is in the set, those of their subdomains not.
        below: Domains of which every address is in the set, and every one below them.
    """

    addresses: frozenset[bytes] = frozenset()
    domains: frozenset[bytes] = frozenset()
    below: frozenset[bytes] = frozenset()

    def holds(self, path: bytes) -> bool:
        """Say whether an envelope path, with or without its angle brackets, is in the set.

        Case does not count, in the local part neither: nobody means two people by it.
        """
        address = bare_address(path).lower()
        if address in self.addresses:
            return True
        domain = address.rpartition(b"@")[2] if b"@" in address else b""
        if domain in self.domains:
            return True
        while domain and self.below:
            if domain in self.below:
                return True
            domain = domain.partition(b".")[2]
        return False
