from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clamd.support import Events
from tests.fake_clamd import FakeClamd

from clamgate.harness.private_clamd import PrivateClamd, installed

LIMITED_SIZE = 1024 * 1024


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for unix sockets."""
    with tempfile.TemporaryDirectory(prefix="cg-", dir="/tmp") as path:
        yield Path(path)


@pytest.fixture
def fake(folder: Path) -> Iterator[FakeClamd]:
    with FakeClamd(folder / "a") as clamd:
        yield clamd


@pytest.fixture
def second_fake(folder: Path) -> Iterator[FakeClamd]:
    with FakeClamd(folder / "b") as clamd:
        yield clamd


@pytest.fixture
def tcp_fake() -> Iterator[FakeClamd]:
    with FakeClamd() as clamd:
        yield clamd


@pytest.fixture(params=["unix", "tcp"])
def either_fake(request: pytest.FixtureRequest, folder: Path) -> Iterator[FakeClamd]:
    """One on a unix socket, then one on TCP."""
    with FakeClamd(folder / "either" if request.param == "unix" else None) as clamd:
        yield clamd


@pytest.fixture(scope="session")
def clamd_folder() -> Iterator[Path]:
    """Where the real clamds of this run live."""
    if not installed():
        pytest.skip("clamd is not installed (Debian: clamav-daemon)")
    path = Path(tempfile.mkdtemp(prefix="cg-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def real_clamd(clamd_folder: Path) -> Iterator[PrivateClamd]:
    """A clamd with its own defaults, on a unix socket and on TCP."""
    with PrivateClamd(clamd_folder / "default", tcp=True) as clamd:
        yield clamd


@pytest.fixture(scope="session")
def limited_clamd(clamd_folder: Path) -> Iterator[PrivateClamd]:
    """A clamd that looks at 1 MiB only, and says OK to what is longer."""
    size = {"MaxFileSize": str(LIMITED_SIZE), "StreamMaxLength": str(2 * LIMITED_SIZE)}
    with PrivateClamd(clamd_folder / "limited", options=size, tcp=True) as clamd:
        yield clamd
