"""A front between SMTP clients, scripted milters and a sink."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.harness.mta.fronts import Watcher
from tests.sink import Sink

from clamgate.harness.mta.hold import HoldQueue


@pytest.fixture(scope="session")
def one_sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def sink(one_sink: Sink) -> Sink:
    one_sink.forget()
    return one_sink


@pytest.fixture
def hold(tmp_path: Path) -> HoldQueue:
    return HoldQueue(tmp_path / "held")


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()
