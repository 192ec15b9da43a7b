from __future__ import annotations

import errno
import os
from pathlib import Path
from unittest import mock

import pytest
from prometheus_client import CollectorRegistry, values
from prometheus_client.multiprocess import MultiProcessCollector
from tests.observe.examples import judged

from clamgate.core.verdict import Clean
from clamgate.daemon.exporter.folding import fold, processes
from clamgate.observe.metrics.counts import Counts
from clamgate.observe.metrics.families import MailMetrics


def worker(folder: Path, name: str, messages: int) -> None:
    counts = Counts()
    for _ in range(messages):
        counts.note([(judged(Clean()), 0)])
    with mock.patch.object(values, "ValueClass", values.ValueClass):
        MailMetrics(folder, name, "inet:7357", ["unix:/run/clamd.ctl"], ["malware"]).take(
            counts.take()
        )


def read(folder: Path) -> dict[str, float]:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return {
        f"{sample.name} {sorted(sample.labels.items())}": sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


def test_figures_outlive_their_process_and_files_do_not(tmp_path: Path) -> None:
    for name, messages in (("1", 2), ("2", 3), ("3", 5)):
        worker(tmp_path, name, messages)
    assert processes(tmp_path) == {"1", "2", "3"}
    before = read(tmp_path)
    assert before["clamgate_received_bytes_total [('listener', 'inet:7357')]"] == 10 * 1234
    fold(tmp_path, {"1", "3"})
    assert processes(tmp_path) == {"2"}
    assert read(tmp_path) == before
    fold(tmp_path, {"2"})
    assert processes(tmp_path) == set()
    assert read(tmp_path) == before


def test_any_number_of_workers_leave_two_files_that_do_not_grow(tmp_path: Path) -> None:
    worker(tmp_path, "1", 1)
    fold(tmp_path, {"1"})
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"counter_folded.db", "histogram_folded.db"}
    for number in range(2, 12):
        worker(tmp_path, str(number), 1)
        fold(tmp_path, {str(number)})
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == sizes
    assert read(tmp_path)["clamgate_received_bytes_total [('listener', 'inet:7357')]"] == 11 * 1234


def test_one_that_never_wrote_anything_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "counter_1.db").write_bytes(bytes(4096))
    fold(tmp_path, {"1", "2"})
    assert read(tmp_path) == {}
    assert processes(tmp_path) == set()


def test_without_room_nothing_is_changed(tmp_path: Path) -> None:
    worker(tmp_path, "1", 1)
    before = read(tmp_path)
    full = OSError(errno.ENOSPC, "No space left on device")
    with mock.patch.object(os, "posix_fallocate", side_effect=full), pytest.raises(OSError):
        fold(tmp_path, {"1"})
    assert processes(tmp_path) == {"1"}
    assert read(tmp_path) == before
