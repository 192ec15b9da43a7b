from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from prometheus_client import CollectorRegistry, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector
from tests.observe.examples import judged

from clamgate.core.verdict import Clean
from clamgate.observe.metrics.buckets import BUCKETS, Sorted
from clamgate.observe.metrics.counts import Batch, Counts
from clamgate.observe.metrics.families import MailMetrics, _Buckets, all_fates, reserve

CLAMDS = ("unix:/run/clamd.ctl", "tcp:[2001:db8::1]:3310")
CLASSES = ("malware", "phishing")
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(autouse=True)
def _own_values() -> Iterator[None]:
    """Give the library's one global back."""
    with mock.patch.object(values, "ValueClass", values.ValueClass):
        yield


def metrics(folder: Path, process: str = "1") -> MailMetrics:
    return MailMetrics(folder, process, "inet:7357", CLAMDS, CLASSES)


def read(folder: Path) -> Samples:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    renamed = {label.rstrip("_"): text for label, text in labels.items()}
    return samples[name, frozenset(renamed.items())]


def test_every_label_set_is_there_at_0_from_the_start(tmp_path: Path) -> None:
    metrics(tmp_path)
    samples = read(tmp_path)
    assert set(samples.values()) == {0.0}
    fates = {labels for name, labels in samples if name == "clamgate_messages_total"}
    assert len(fates) == len(all_fates(CLASSES)) == 4 * 5 + 2 * 2 * 5 + 2
    for name in (
        *("clamgate_scan_duration_seconds_count", "clamgate_clamd_wait_seconds_count"),
        *("clamgate_clamd_failures_total", "clamgate_clamd_retries_total"),
    ):
        assert {dict(labels)["clamd"] for one, labels in samples if one == name} == set(CLAMDS)


def test_what_was_counted_is_read_by_another(tmp_path: Path) -> None:
    counts = Counts()
    counts.note([(judged(Clean()), 0)])
    batch = counts.take()
    batch.failures[CLAMDS[1]] = 2
    batch.retries[CLAMDS[1]] = 3
    batch.stored, batch.faults, batch.exempt_connections = 4, 5, 6
    mine = metrics(tmp_path)
    mine.take(batch)
    mine.take(Batch())
    samples = read(tmp_path)
    fate = {"verdict": "clean", "class_": "", "action": "accept"}
    assert value(samples, "clamgate_messages_total", listener="inet:7357", **fate) == 1
    assert value(samples, "clamgate_received_bytes_total", listener="inet:7357") == 1234
    duration = "clamgate_message_duration_seconds"
    assert value(samples, f"{duration}_sum", listener="inet:7357") == 0.25
    assert value(samples, f"{duration}_bucket", listener="inet:7357", le="0.1") == 0
    assert value(samples, f"{duration}_bucket", listener="inet:7357", le="0.25") == 1
    assert value(samples, "clamgate_scan_duration_seconds_count", clamd=CLAMDS[0]) == 1
    assert value(samples, "clamgate_clamd_wait_seconds_count", clamd=CLAMDS[0]) == 1
    assert value(samples, "clamgate_clamd_failures_total", clamd=CLAMDS[1]) == 2
    assert value(samples, "clamgate_clamd_retries_total", clamd=CLAMDS[1]) == 3
    assert value(samples, "clamgate_messages_stored_total") == 4
    assert value(samples, "clamgate_faults_total") == 5
    assert value(samples, "clamgate_connections_exempt_total") == 6


def test_processes_add_up(tmp_path: Path) -> None:
    for process in ("1", "2"):
        counts = Counts()
        counts.note([(judged(Clean()), 0)])
        metrics(tmp_path, process).take(counts.take())
    size = value(read(tmp_path), "clamgate_received_bytes_total", listener="inet:7357")
    assert size == 2 * 1234


def test_figures_sorted_before_come_to_the_same_as_figures_observed(tmp_path: Path) -> None:
    figures = (0.0, 0.001, 0.0011, 0.3, 239.9, 241.0)
    folders = tmp_path / "ours", tmp_path / "theirs"
    for folder in folders:
        folder.mkdir()
        own = values.MultiProcessValue(lambda: "1")  # type: ignore[no-untyped-call]
        values.ValueClass = own
        with mock.patch.dict(os.environ, PROMETHEUS_MULTIPROC_DIR=str(folder)):
            registry = CollectorRegistry()
            kind = _Buckets if folder is folders[0] else Histogram
            histogram = kind("x", "x", ("of",), buckets=BUCKETS, registry=registry).labels("y")
        if isinstance(histogram, _Buckets):
            sorted_ = Sorted()
            for figure in figures:
                sorted_.add(figure)
            histogram.take(sorted_)
        else:
            for figure in figures:
                histogram.observe(figure)
    assert read(folders[0]) == read(folders[1])
    assert sum(read(folders[0]).values()) > len(figures)


def test_the_files_are_never_larger_than_what_the_disk_has_given(tmp_path: Path) -> None:
    metrics(tmp_path)
    for path in tmp_path.iterdir():
        status = path.stat()
        assert status.st_blocks * 512 >= status.st_size, path
        used = int.from_bytes(path.read_bytes()[:4], "little")
        assert used > status.st_size / 4, "much more is reserved than is needed"


def test_long_names_do_not_make_them_grow(tmp_path: Path) -> None:
    clamds = tuple(f"unix:/{'x' * 100}{n}" for n in range(20))
    classes = tuple(f"{'y' * 60}{n}" for n in range(20))
    with mock.patch.object(os, "truncate", side_effect=AssertionError):
        MailMetrics(tmp_path, "1", f"unix:/{'z' * 100}", clamds, classes)
    for path in tmp_path.iterdir():
        assert path.stat().st_blocks * 512 >= path.stat().st_size, path


def test_without_room_there_is_no_file(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with mock.patch.object(os, "posix_fallocate", side_effect=full), pytest.raises(OSError):
        reserve(tmp_path / "file", 4096)
    assert not list(tmp_path.iterdir())


def test_a_worker_that_begins_is_read_as_one_that_has_counted_nothing(tmp_path: Path) -> None:
    seen: list[Samples] = []

    def fallocate_and_look(*arguments: int) -> None:
        seen.append(read(tmp_path))
        fallocate(*arguments)
        seen.append(read(tmp_path))

    fallocate = os.posix_fallocate
    with mock.patch.object(os, "posix_fallocate", fallocate_and_look):
        metrics(tmp_path)
    assert seen == [{}] * 4
    reserve(tmp_path / "counter_another.db", 4096)
    assert set(read(tmp_path).values()) == {0.0}


def test_programs_that_a_worker_starts_do_not_take_our_folder_for_theirs(tmp_path: Path) -> None:
    metrics(tmp_path)
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
