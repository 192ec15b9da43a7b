from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from prometheus_client import CollectorRegistry, values
from prometheus_client.mmap_dict import MmapedDict
from tests.observe.examples import judged

from clamgate.core.verdict import Clean
from clamgate.daemon.exporter.collector import WorkersCollector
from clamgate.observe.metrics.counts import Batch, Counts
from clamgate.observe.metrics.families import MailMetrics

CLAMD = "unix:/run/clamd.ctl"


@pytest.fixture(autouse=True)
def _own_values() -> Iterator[None]:
    """Give the library's one global back."""
    with mock.patch.object(values, "ValueClass", values.ValueClass):
        yield


def a_message() -> Batch:
    counts = Counts()
    counts.note([(judged(Clean()), 0)])
    return counts.take()


def sums(folder: Path) -> tuple[float, ...]:
    """Return the messages, their bytes, their durations and their scans of one scrape."""
    registry = CollectorRegistry()
    registry.register(WorkersCollector(folder))
    samples = [sample for metric in registry.collect() for sample in metric.samples]
    names = (
        *("clamgate_messages_total", "clamgate_received_bytes_total"),
        *("clamgate_message_duration_seconds_count", "clamgate_scan_duration_seconds_count"),
    )
    return tuple(sum(one.value for one in samples if one.name == name) for name in names)


def test_workers_add_up(tmp_path: Path) -> None:
    for process in ("1.1", "1.2"):
        MailMetrics(tmp_path, process, "inet:7357", [CLAMD], ["malware"]).take(a_message())
    assert sums(tmp_path) == (2, 2 * 1234, 2, 2)


def test_a_message_that_ends_meanwhile_is_in_its_durations_first(tmp_path: Path) -> None:
    worker = MailMetrics(tmp_path, "1", "inet:7357", [CLAMD], ["malware"])
    read: Any = MmapedDict.read_all_values_from_file

    def and_another_ends(path: str) -> Any:
        found = list(read(path))
        worker.take(a_message())
        return found

    with mock.patch.object(MmapedDict, "read_all_values_from_file", and_another_ends):
        assert sums(tmp_path) == (0, 0, 1, 1)


def test_a_message_is_counted_after_all_else_about_it(tmp_path: Path) -> None:
    worker = MailMetrics(tmp_path, "1", "inet:7357", [CLAMD], ["malware"])
    batch = a_message()
    batch.messages = {("no such verdict", "", ""): 1}
    with pytest.raises(KeyError):
        worker.take(batch)
    assert sums(tmp_path) == (0, 1234, 1, 1)
