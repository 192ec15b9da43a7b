"""Which incoming mail is a release of ours: a `clamgate.core.releasing.ReleaseGate`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from clamgate.core.networks import Network, network_of
from clamgate.core.releasing import Claim, ReleaseError
from clamgate.quarantine.errors import QuarantineError
from clamgate.quarantine.token import check

if TYPE_CHECKING:  # SQLAlchemy comes with it, and 19 MiB that only a quarantine is worth
    from clamgate.quarantine.store import Quarantine


class SignedReleases:
    """Admits what this quarantine's own secret has signed, once, from some networks only.

    Args:
        store: The quarantine.
        networks: Where releases may come from; with none, nothing is admitted.
        clock: Seconds since the epoch.
    """

    def __init__(
        self, store: Quarantine, networks: tuple[Network, ...], clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._networks = networks
        self._clock = clock

    def admit(self, claim: Claim) -> str | None:
        """Return the id of the stored message if the claim is true and new.

        Raises:
            ReleaseError: It is not, though it comes from where releases do; or the secret or the
                index cannot be read.
        """
        address = claim.client.address
        if address is None or network_of(address, self._networks) is None:
            return None
        try:
            secret = self._store.secret
            token = check(claim.token, claim.recipients, claim.body, secret, self._clock())
            if not self._store.index.spend(token.nonce, float(token.expires)):
                raise ReleaseError(f"the release of {token.message_id} was used before")
        except QuarantineError as error:
            raise ReleaseError(str(error)) from error
        return token.message_id
