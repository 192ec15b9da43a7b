"""What clamds say of their own queues and threads (STATS), asked for every few seconds.

That also finds those that are gone while there is no mail, for want of which no worker would.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping

from clamgate.clamd.errors import ClamdError, ConnectError
from clamgate.clamd.patience import Heartbeat, Patience
from clamgate.clamd.protocol import Stats
from clamgate.clamd.transport import connect
from clamgate.core.settings import Endpoint

INTERVAL = 10.0
"""Seconds between two questions."""
_TIMEOUT = 5.0


class ClamdStats:
    """Asks each clamd in a thread of its own: one that hangs does not hide another.

    Args:
        endpoints: Where they are.
    """

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._endpoints = tuple(endpoints)
        self._known: dict[str, Stats | ConnectError] = {}
        self._closed = threading.Event()

    @property
    def known(self) -> Mapping[str, Stats]:
        """What those say that answered when they were asked last, by socket."""
        known = dict(self._known)
        return {name: one for name, one in known.items() if isinstance(one, Stats)}

    @property
    def unreachable(self) -> Mapping[str, str]:
        """Those that nobody can connect to, and why."""
        known = dict(self._known)
        return {name: str(one) for name, one in known.items() if isinstance(one, ConnectError)}

    def start(self) -> None:
        """Begin to ask."""
        for endpoint in self._endpoints:
            threading.Thread(
                target=self._ask_for_ever, args=(endpoint,), name=f"stats {endpoint}", daemon=True
            ).start()

    def close(self) -> None:
        """Ask no more."""
        self._closed.set()

    def _ask_for_ever(self, endpoint: Endpoint) -> None:
        while not self._closed.is_set():
            stats = ask(endpoint)
            if stats is None:
                self._known.pop(str(endpoint), None)
            else:
                self._known[str(endpoint)] = stats
            self._closed.wait(INTERVAL)


def ask(endpoint: Endpoint) -> Stats | ConnectError | None:
    """Ask one; None if it does not say: it may be as busy as it can be."""
    patience = Patience(Heartbeat(lambda: None, time.monotonic, _TIMEOUT), _TIMEOUT)
    try:
        with connect(endpoint, patience) as connection:
            return connection.stats(patience)
    except ConnectError as error:
        return error
    except (ClamdError, OSError):
        return None
