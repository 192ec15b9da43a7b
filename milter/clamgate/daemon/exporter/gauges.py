"""What Prometheus is told of the filter as it is now, besides what workers have counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from clamgate.clamd.protocol import Stats
from clamgate.core.clamd_version import ClamdVersion
from clamgate.daemon.figures import ClamdFigures, Figures
from clamgate.version import version

_STATES = ("starting", "serving", "draining", "stopping")
_PROCESSES = ("master", "clerk", "exporter", "expirer", "workers")
_NOTHING = Stats()
_VERSION = version()  # here, because it cannot be found out in a chroot


@dataclass(slots=True, eq=False)
class Gauges:
    """A collector for prometheus-client.

    Attributes:
        clamds: The sockets of the conf's clamds.
        clock: Seconds since 1970.
        figures: What the master said last.
        stats: What clamds said of themselves last, by socket.
    """

    clamds: Collection[str]
    clock: Callable[[], float] = time.time
    figures: Figures = field(default_factory=Figures)
    stats: Mapping[str, Stats] = field(default_factory=dict)

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        yield _gauge(
            "clamgate_build_info", "The filter's version; always 1.", "version", [(_VERSION, 1)]
        )
        yield from self._filter()
        yield from self._clamds()
        if self.figures.quarantine is not None:
            messages, size = self.figures.quarantine
            yield _plain("clamgate_quarantine_messages", "Messages in the quarantine.", messages)
            yield _plain("clamgate_quarantine_bytes", "Bytes of their files.", size)

    def _filter(self) -> Iterator[Metric]:
        now = self.figures
        yield _plain(
            "clamgate_accepting", "Whether connections of MTAs are accepted: 1 or 0.", now.accepting
        )
        states = [(name, now.workers.get(name, 0)) for name in _STATES]
        yield _gauge("clamgate_workers", "Workers, by state.", "state", states)
        yield _counter(
            "clamgate_worker_restarts",
            "Workers that were replaced, other than by a reload.",
            now.restarts,
        )
        reloads = CounterMetricFamily(
            "clamgate_reloads", "Reloads, by outcome.", labels=("outcome",)
        )
        for outcome in ("done", "refused"):
            reloads.add_metric((outcome,), now.reloads.get(outcome, 0))
        yield reloads
        yield _plain("clamgate_generation", "The number of the conf in force.", now.generation)
        yield _plain("clamgate_connections", "Open connections from MTAs.", now.connections)
        yield _plain(
            "clamgate_messages_in_flight",
            "Messages that have begun and not ended.",
            now.in_flight,
        )
        yield _plain(
            "clamgate_messages_waiting", "Messages that stand in line for a clamd.", now.waiting
        )
        yield _plain(
            "clamgate_spool_memory_bytes", "Bytes of messages in memory.", now.spool_memory
        )
        yield _plain("clamgate_spool_disk_bytes", "Bytes of messages in files.", now.spool_disk)
        memory = [(name, now.memory.get(name, 0)) for name in _PROCESSES]
        yield _gauge(
            "clamgate_resident_memory_bytes",
            "Memory of our processes; what they share counts for each.",
            "process",
            memory,
        )

    def _clamds(self) -> Iterator[Metric]:
        figures = {name: self.figures.clamds.get(name, ClamdFigures()) for name in self.clamds}
        versions = {name: ClamdVersion.parse(one.version) for name, one in figures.items()}
        stats = {name: self.stats.get(name, _NOTHING) for name in self.clamds}
        for name, text, values in (
            (
                "clamgate_clamd_up",
                "Whether any worker reaches this clamd: 1 or 0.",
                [(clamd, min(1, one.up)) for clamd, one in figures.items()],
            ),
            (
                "clamgate_clamd_in_use",
                "Messages that this clamd has from us.",
                [(clamd, one.in_use) for clamd, one in figures.items()],
            ),
            (
                "clamgate_clamd_database_version",
                "The number of its daily signatures; 0 if it has none or is down.",
                [(clamd, one.database or 0) for clamd, one in versions.items()],
            ),
            (
                "clamgate_clamd_database_age_seconds",
                "Time since its newest official signatures were made; 0 if that is unknown.",
                [(clamd, self._age(one)) for clamd, one in versions.items()],
            ),
            (
                "clamgate_clamd_queue_items",
                "Its own queue, all its clients' (STATS).",
                [(clamd, one.queue) for clamd, one in stats.items()],
            ),
            (
                "clamgate_clamd_threads_live",
                "Its threads (STATS).",
                [(clamd, one.live) for clamd, one in stats.items()],
            ),
            (
                "clamgate_clamd_threads_idle",
                "Those of its threads that have nothing to do (STATS).",
                [(clamd, one.idle) for clamd, one in stats.items()],
            ),
            (
                "clamgate_clamd_threads_max",
                "Its MaxThreads (STATS).",
                [(clamd, one.most) for clamd, one in stats.items()],
            ),
        ):
            yield _gauge(name, text, "clamd", values)

    def _age(self, version: ClamdVersion) -> float:
        return 0.0 if version.made is None else max(0.0, self.clock() - version.made)


def _plain(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, float(value))


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, float(value))


def _gauge(name: str, text: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for one, value in values:
        family.add_metric((one,), float(value))
    return family
