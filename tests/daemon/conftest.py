"""A folder and a clamd for tests that run the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.fake_clamd import FakeClamd


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach, with a short name: a unix socket's path is short."""
    with TemporaryDirectory(prefix="cg-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def clamd(folder: Path) -> Iterator[FakeClamd]:
    with FakeClamd(folder / "clamd.sock") as fake:
        (folder / "clamd.sock").chmod(0o666)
        yield fake
