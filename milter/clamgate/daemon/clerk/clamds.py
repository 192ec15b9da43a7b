"""What clamds say of themselves, asked while somebody looks on and at no other time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from clamgate.clamd.errors import ClamdError
from clamgate.clamd.patience import Heartbeat, Patience
from clamgate.clamd.protocol import Stats
from clamgate.clamd.transport import connect
from clamgate.core.settings import Endpoint

_EVERY = 2.0
"""Seconds between two questions, however many look on."""
_TIMEOUT = 5.0


class ClamdWatch:
    """Asks each clamd in a thread of its own: nobody waits for one that hangs.

    Args:
        endpoints: Where they are.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, endpoints: Iterable[Endpoint], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._views = {str(endpoint): _View(endpoint) for endpoint in endpoints}
        self._clock = clock

    def look(self) -> dict[str, dict[str, Any]]:
        """Return what they said last, and have them asked again if that was a while ago."""
        for view in self._views.values():
            view.refresh(self._clock())
        return {name: view.known for name, view in self._views.items()}


class _View:
    """Of one clamd."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.known: dict[str, Any] = {}
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._due = 0.0

    def refresh(self, now: float) -> None:
        """Ask, if that is due and nobody is asking."""
        if now < self._due or not self._lock.acquire(blocking=False):
            return
        self._due = now + _EVERY
        threading.Thread(target=self._ask, name=f"stats {self._endpoint}", daemon=True).start()

    def _ask(self) -> None:
        try:
            self.known = ask(self._endpoint)
        finally:
            self._lock.release()


def ask(endpoint: Endpoint) -> dict[str, Any]:
    """Ask a clamd for its version and its load; say why if it does not tell."""
    patience = Patience(Heartbeat(lambda: None, time.monotonic, _TIMEOUT), _TIMEOUT)
    try:
        with connect(endpoint, patience) as connection:
            version = connection.version(patience)
        with connect(endpoint, patience) as connection:
            stats = connection.stats(patience) or Stats()
    except (ClamdError, OSError) as error:
        return {"error": str(error)}
    return {
        "version": version,
        "queue": stats.queue,
        "busy": stats.live - stats.idle,
        "most": stats.most,
    }
