"""A worker's metrics in prometheus-client's multiprocess mode: files that another process reads.

Import it only where metrics are wanted: the library takes 3 MiB.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from itertools import product
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, values

from clamgate.core.decision import Disposition
from clamgate.observe.metrics.buckets import BUCKETS, Sorted
from clamgate.observe.metrics.counts import ACTIONS, EXEMPT, RELEASED, Batch, Fate

KINDS = ("counter", "histogram")
"""The types of our metrics, each of which has a file."""

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_ENTRY = 512
"""Bytes of a value in a file, with its key: name, labels and help in JSON. More than it takes."""


class _Buckets(Histogram):
    """A histogram that takes what was sorted into its buckets before.

    The library's own way is to observe each figure. How a histogram keeps them has been the same
    since its version 0.4; a test compares the two ways.
    """

    def take(self, figures: Sorted) -> None:
        """Add figures."""
        self._sum.inc(figures.total)
        for bucket, count in zip(self._buckets, figures.counts, strict=True):
            if count:
                bucket.inc(count)


class MailMetrics:
    """The metrics of one process. Each label set is there from the start, at 0.

    The files are of their full size on disk before they are mapped: to touch a page of a file for
    which the disk has no room would end the process with SIGBUS.

    Args:
        folder: Where the files are; there is none of this process yet.
        process: A name for this process that no other ever has.
        listener: Where MTAs reach us.
        clamds: The sockets of all clamds.
        classes: The names of all classes of signatures.

    Raises:
        OSError: The files cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        process: str,
        listener: str,
        clamds: Collection[str],
        classes: Collection[str],
    ) -> None:
        fates = all_fates(classes)
        entries = len(fates) + 3 * len(clamds) + 8, (1 + 2 * len(clamds)) * (len(BUCKETS) + 3)
        for kind, count in zip(KINDS, entries, strict=True):
            reserve(folder / f"{kind}_{process}.db", count * _ENTRY)
        own = values.MultiProcessValue(lambda: process)  # type: ignore[no-untyped-call]
        values.ValueClass = own
        # The library reads it when it opens a file, which it does in here; programs that we start
        # are not to have it.
        os.environ[_FOLDER] = str(folder)
        try:
            self._make(listener, clamds, fates)
        finally:
            del os.environ[_FOLDER]

    def _make(self, listener: str, clamds: Collection[str], fates: Collection[Fate]) -> None:
        registry = CollectorRegistry()
        messages = Counter(
            "clamgate_messages",
            "Messages that reached their end, and what became of them.",
            ("listener", "verdict", "class", "action"),
            registry=registry,
        )
        self._messages = {fate: messages.labels(listener, *fate) for fate in fates}
        self._size = Counter(
            "clamgate_received_bytes",
            "Bytes of these messages.",
            ("listener",),
            registry=registry,
        ).labels(listener)
        self._stored = Counter(
            "clamgate_messages_stored",
            "Messages that were put into the quarantine.",
            registry=registry,
        )
        self._exempt_connections = Counter(
            "clamgate_connections_exempt",
            "Connections whose mail is let through unscanned.",
            registry=registry,
        )
        self._faults = Counter(
            "clamgate_faults", "Troubles that workers have logged.", registry=registry
        )
        self._durations = _Buckets(
            "clamgate_message_duration_seconds",
            "Time from MAIL to the decision.",
            ("listener",),
            buckets=BUCKETS,
            registry=registry,
        ).labels(listener)
        scans = _Buckets(
            "clamgate_scan_duration_seconds",
            "Time from the request to the verdict, waits and retries included, by the clamd that "
            "gave it.",
            ("clamd",),
            buckets=BUCKETS,
            registry=registry,
        )
        waits = _Buckets(
            "clamgate_clamd_wait_seconds",
            "Of the time of a scan, that until a clamd had room for the message.",
            ("clamd",),
            buckets=BUCKETS,
            registry=registry,
        )
        failures = Counter(
            "clamgate_clamd_failures",
            "How often a worker found a clamd to be down that it took for up.",
            ("clamd",),
            registry=registry,
        )
        retries = Counter(
            "clamgate_clamd_retries",
            "Scans in which this clamd failed, and that were begun again.",
            ("clamd",),
            registry=registry,
        )
        self._scans = {clamd: scans.labels(clamd) for clamd in clamds}
        self._waits = {clamd: waits.labels(clamd) for clamd in clamds}
        self._failures = {clamd: failures.labels(clamd) for clamd in clamds}
        self._retries = {clamd: retries.labels(clamd) for clamd in clamds}

    def take(self, batch: Batch) -> None:
        """Add what was counted. For one thread.

        The messages come last, after all that is counted besides about them: files are read at any
        moment, and whoever finds a message there finds the rest of it too.
        """
        for histograms, sorted_ in ((self._scans, batch.scans), (self._waits, batch.waits)):
            for clamd, figures in sorted_.items():
                histograms[clamd].take(figures)
        if batch.messages:
            self._durations.take(batch.durations)
        for counters, counts in ((self._failures, batch.failures), (self._retries, batch.retries)):
            for clamd, count in counts.items():
                counters[clamd].inc(count)
        for counter, count in (
            (self._size, batch.size),
            (self._stored, batch.stored),
            (self._exempt_connections, batch.exempt_connections),
            (self._faults, batch.faults),
        ):
            if count:
                counter.inc(count)
        for fate, messages in batch.messages.items():
            self._messages[fate].inc(messages)


def all_fates(classes: Collection[str]) -> list[Fate]:
    """Return every combination of labels that a message can have."""
    accept = Disposition.ACCEPT.value
    fates = list(product(("clean", "empty", "failed", "unscanned"), ("",), ACTIONS))
    fates += product(("infected", "unscanned"), sorted(classes), ACTIONS)
    return [*fates, (EXEMPT, "", accept), (RELEASED, "", accept)]


def reserve(path: Path, size: int) -> None:
    """Make a file of so many zeros, for which there is room on the disk for good.

    It has its name only then: who serves metrics reads every file that has one, at any moment.

    Raises:
        OSError: There is no room; then there is no file.
    """
    unfinished = path.with_name(f"{path.name}.part")
    descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
        unfinished.rename(path)
    except OSError:
        unfinished.unlink()
        raise
    finally:
        os.close(descriptor)
