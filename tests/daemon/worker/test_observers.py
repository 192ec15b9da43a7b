"""Counting that goes wrong, which mail must not notice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from prometheus_client import values
from tests.observe.examples import judged

from clamgate.core.settings import Clamd, Listen, Settings, UnixEndpoint
from clamgate.core.verdict import Clean
from clamgate.daemon.worker.observers import Metered, Observers
from clamgate.observe.lines import LogLine
from clamgate.observe.relay import Relay, make_channel

SETTINGS = Settings(Listen(UnixEndpoint("/m.sock")), Clamd((UnixEndpoint("/c"),)))


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Collect the lines of the log."""
    texts: list[str] = []

    def write(_relay: Relay, line: LogLine) -> None:
        texts.append(line.text)

    with (
        mock.patch.object(Relay, "add_line", write),
        mock.patch.object(values, "ValueClass", values.ValueClass),
    ):
        yield texts


def observers(folder: Path) -> Observers:
    reader, writer = make_channel()
    reader.close()
    metered = Metered(folder, "1", "unix:/m.sock")
    made = Observers(SETTINGS, Relay(writer), 1, "worker 1", history=False, metered=metered)
    made.start()
    writer.close()
    return made


def test_without_a_place_for_figures_a_worker_serves_all_the_same(
    tmp_path: Path, said: list[str]
) -> None:
    made = observers(tmp_path / "none")
    made.observer.observe(judged(Clean()))
    made.flush()
    reason = f"No such file or directory ({tmp_path}/none/counter_1.db.part)"
    assert said == [f"metrics: this worker's mail is not counted: {reason}"]


def test_figures_that_cannot_be_kept_any_more_are_given_up_once(
    tmp_path: Path, said: list[str]
) -> None:
    made = observers(tmp_path)
    with mock.patch("clamgate.observe.metrics.families.MailMetrics.take", side_effect=OSError("x")):
        for _ in range(3):
            made.observer.observe(judged(Clean()))
            made.flush()
    assert said == ["metrics: this worker's mail is counted no more: OSError: x"]
