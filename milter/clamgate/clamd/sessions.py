"""Connections to one clamd that stay open for the next message.

To connect costs both sides more than a short scan. A connection to a local clamd begins a session
(IDSESSION), in which any number of commands follow each other; here, one at a time. As many open
ones as clamd's MaxQueue (100 by default) would keep it from anything else, so few are kept, and
none for long.
"""

from __future__ import annotations

from collections import deque
from threading import Lock

from clamgate.clamd.errors import StaleError
from clamgate.clamd.patience import Clock, Patience
from clamgate.clamd.protocol import Answer, Found, LimitExceeded, NothingFound
from clamgate.clamd.transport import Connection, Content, connect
from clamgate.core.settings import Endpoint

IDLE_SECONDS = 10.0
"""How long an unused one is kept: less than the 30 s after which clamd ends it (IdleTimeout)."""

MOST = 32
"""How many are kept by all workers together."""


_CLEAR = (NothingFound, Found, LimitExceeded)
"""Answers after which a session goes on."""


class Sessions:
    """Has one clamd scan, over connections that it keeps. Safe for threads.

    Args:
        endpoint: The clamd.
        most: How many connections are kept while they are not used; 0 keeps none.
        clock: Seconds that only go forward.
    """

    def __init__(self, endpoint: Endpoint, most: int, clock: Clock) -> None:
        self._endpoint = endpoint
        self._most = most
        self._clock = clock
        self._lock = Lock()
        self._kept: deque[tuple[Connection, float]] = deque()
        self._closed = False

    def scan(self, content: Content, patience: Patience) -> Answer:
        """Have it look at these bytes.

        That a kept connection has ended says nothing of clamd: the bytes go over a new one.

        Raises:
            ClamdError: There is no answer (see `transport.connect` and `Connection`).
            OSError: The content cannot be had; the clamd is not to blame.
        """
        kept = self._take()
        if kept is not None:
            try:
                return self._scan_over(kept, content, patience)
            except StaleError:
                pass
        return self._scan_over(connect(self._endpoint, patience), content, patience)

    def close_idle(self) -> None:
        """Close those that were not used for a while."""
        before = self._clock() - IDLE_SECONDS
        while True:
            with self._lock:
                if not self._kept or self._kept[0][1] > before:
                    return
                connection, _ = self._kept.popleft()
            connection.close()

    def close(self) -> None:
        """Keep none from now on. Scans go on."""
        with self._lock:
            self._closed = True
            kept, self._kept = self._kept, deque()
        for connection, _ in kept:
            connection.close()

    def _scan_over(self, connection: Connection, content: Content, patience: Patience) -> Answer:
        try:
            answer = connection.scan(content, patience)
        except BaseException:
            connection.close()
            raise
        if connection.goes_on and isinstance(answer, _CLEAR):
            self._keep(connection)
        else:
            connection.close()
        return answer

    def _take(self) -> Connection | None:
        """Return the one that was used last."""
        try:
            return self._kept.pop()[0]
        except IndexError:
            return None

    def _keep(self, connection: Connection) -> None:
        with self._lock:
            if not self._closed and len(self._kept) < self._most:
                self._kept.append((connection, self._clock()))
                return
        connection.close()
