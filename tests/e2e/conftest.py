"""One clamd for all mail paths, and one mail path of each MTA for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.e2e.lane import SERVERS, Lane, Server

from clamgate.harness.private_clamd import PrivateClamd


@pytest.fixture(scope="session")
def clamd() -> Iterator[PrivateClamd]:
    with TemporaryDirectory(prefix="cg-") as folder, PrivateClamd(Path(folder)) as clamd:
        yield clamd


@pytest.fixture(scope="module", params=SERVERS)
def shared_lane(request: pytest.FixtureRequest, clamd: PrivateClamd) -> Iterator[Lane]:
    make_server: Server = request.param
    with Lane(make_server, clamd) as lane:
        yield lane


@pytest.fixture
def lane(shared_lane: Lane) -> Iterator[Lane]:
    yield shared_lane
    shared_lane.clear()
