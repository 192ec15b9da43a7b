"""The scanner: what the mail edge is handed, made of a pool of clamds and of single scans."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from clamgate.clamd.limits import SizeProof
from clamgate.clamd.patience import Clock, Heartbeat, Patience
from clamgate.clamd.pool import ClamdPool, Questions, Usage
from clamgate.clamd.roster import Backoff, Standing
from clamgate.clamd.scan import Scan
from clamgate.clamd.selftest import finds_test_file
from clamgate.clamd.sessions import MOST, Sessions
from clamgate.clamd.transport import connect
from clamgate.core.events import Observer
from clamgate.core.scanning import ScanSource
from clamgate.core.settings import Clamd, Endpoint
from clamgate.core.verdict import ScanReport

USUAL_THREADS = 10
"""MaxThreads of a clamd whose conf does not set it (clamd.conf(5))."""


class ClamdScanner:
    """Scans messages with the clamds of a conf: a `clamgate.core.scanning.Scanner`.

    Args:
        clamd: Where they are, and how long to wait for them.
        max_file_size: The most bytes of a message that are ever scanned.
        observer: Told of clamds that come and go, of their limits, and of scans begun again.
        clock: Seconds that only go forward.
        backoff: When a clamd that is down is asked again.
    """

    def __init__(
        self,
        clamd: Clamd,
        max_file_size: int,
        observer: Observer,
        *,
        clock: Clock = time.monotonic,
        backoff: Backoff | None = None,
    ) -> None:
        self._clamd = clamd
        self._max_file_size = max_file_size
        self._observer = observer
        self._clock = clock
        questions = Questions(self._probe, _version)
        self._pool = ClamdPool(clamd.sockets, questions, observer, clock=clock, backoff=backoff)

    def start(self) -> None:
        """Begin to watch the clamds, in threads: after the last fork."""
        self._pool.start()

    def close(self) -> None:
        """End the threads. Scans that wait for a clamd fail."""
        self._pool.close()

    def usage(self) -> Usage:
        """Return how busy the clamds are with our messages."""
        return self._pool.usage()

    def scan(self, source: ScanSource, keepalive: Callable[[], None]) -> ScanReport:
        """Scan a message, calling `keepalive` every few seconds meanwhile.

        Raises:
            ScanError: No verdict could be had.
        """
        heartbeat = Heartbeat(keepalive, self._clock)
        return Scan(self._clamd, self._pool, self._observer, source, heartbeat).run()

    def _probe(self, endpoint: Endpoint, patience: Patience) -> Standing:
        version = _version(endpoint, patience)
        room = self._clamd.max_scans or _max_threads(endpoint, patience)
        proof = SizeProof(
            str(endpoint),
            self._max_file_size,
            partial(finds_test_file, endpoint),
            self._observer.observe,
        )
        proof.establish(patience)
        sessions = Sessions(endpoint, max(1, MOST // self._clamd.shared_by), self._clock)
        return Standing(version, proof, sessions, max(1, room // self._clamd.shared_by))


def _version(endpoint: Endpoint, patience: Patience) -> str:
    with connect(endpoint, patience) as connection:
        return connection.version(patience)


def _max_threads(endpoint: Endpoint, patience: Patience) -> int:
    with connect(endpoint, patience) as connection:
        return connection.max_threads(patience) or USUAL_THREADS
