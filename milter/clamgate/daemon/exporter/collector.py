"""What all workers have counted, read from their files for one scrape."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector


class WorkersCollector(Collector):
    """Reads the files of counters before those of histograms.

    Workers go on counting meanwhile, and write in the opposite order (`MailMetrics.take`). So
    whatever is told of a message, its durations are among those that are told. The library's own
    collector reads the files as they lie in the folder.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """Return the sums over all workers."""
        files = sorted(str(path) for path in self._folder.glob("*.db"))
        metrics: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return metrics
