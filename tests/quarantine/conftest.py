"""A quarantine on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgresql import PrivatePostgresql, why_not

from clamgate.quarantine.index import MessageIndex
from clamgate.quarantine.schema import metadata, open_engine
from clamgate.quarantine.store import Quarantine


@pytest.fixture(scope="package")
def postgresql() -> Iterator[str]:
    """The URL of a database in PostgreSQL."""
    if reason := why_not():
        pytest.skip(reason)
    with PrivatePostgresql() as server:
        yield server.new_database("quarantine")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shared.db'}"
    url: str = request.getfixturevalue("postgresql")
    metadata.drop_all(open_engine(url))
    return url


@pytest.fixture
def index(url: str) -> MessageIndex:
    """An index that is ready."""
    index = MessageIndex(open_engine(url), "store-1", "mx1")
    index.prepare()
    index.prepare()
    return index


@pytest.fixture
def store(tmp_path: Path, url: str) -> Quarantine:
    """A quarantine that is ready."""
    return ready(tmp_path / "store", url)


@pytest.fixture
def local(tmp_path: Path) -> Quarantine:
    """A quarantine with SQLite in its directory, for what does not depend on the database."""
    return ready(tmp_path / "local", None)


def ready(directory: Path, url: str | None) -> Quarantine:
    directory.mkdir()
    quarantine = Quarantine(str(directory), url)
    quarantine.prepare()
    return quarantine
