"""One engine and one build for all tests of the image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.image.containers import ALL, CLAMD_AND_FILTER, Container, write_database
from tests.image.engine import Engine, NoEngineError, why_not
from tests.image.images import COMPOSE, IMAGE, POSTFIX, ROOT, build
from tests.image.mirror import Mirror
from tests.image.names import NameServer

# For a test itself. Before the first come debootstrap and the build, with bounds of their own, and
# perhaps the end of another run of these tests, which has the engine.
_LONGEST_TEST = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is in this folder where there is no engine, and give it time where there is."""
    here = Path(__file__).parent
    reason = why_not()
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(_LONGEST_TEST, func_only=True))
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """Return an engine that has the image."""
    with ExitStack() as opened:
        try:
            running = opened.enter_context(Engine())
        except NoEngineError as error:
            pytest.skip(f"no Docker engine can be run here: {error}")
        opened.enter_context(NameServer(running.gateway))
        build(running, IMAGE, ROOT)
        yield running


@pytest.fixture(scope="session")
def postfix_image(engine: Engine) -> str:
    """Return an image with the Postfix of conf/compose."""
    build(engine, POSTFIX, COMPOSE / "postfix")
    return POSTFIX


@pytest.fixture
def mirror(engine: Engine) -> Iterator[Mirror]:
    """Return a mirror that containers on the engine's bridge can ask."""
    with Mirror(engine.gateway) as server:
        yield server


@pytest.fixture(scope="session")
def shared() -> Iterator[Path]:
    """Return a folder that containers can mount."""
    with TemporaryDirectory(prefix="cg-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def database(shared: Path) -> str:
    """Return an option that mounts a tiny database."""
    return f"--volume={write_database(shared / 'database')}:/var/lib/clamav"


@pytest.fixture(scope="session")
def stack(engine: Engine, database: str, shared: Path) -> Iterator[Container]:
    """Return a container with all three services, for tests that leave it as it was."""
    sockets = shared / "sockets"  # docker makes it, for root
    with Container(
        engine,
        database,
        f"--volume={sockets}:/run/clamav",
        "--publish=127.0.0.1::3310",
        "--publish=127.0.0.1::7357",
        environment=ALL,
    ) as running:
        running.wait_until_ready()
        yield running


@pytest.fixture
def own(engine: Engine, database: str) -> Iterator[Container]:
    """Return a container with clamd and the filter, for a test of its own."""
    with Container(
        engine, database, "--publish=127.0.0.1::7357", environment=CLAMD_AND_FILTER
    ) as running:
        running.wait_until_ready()
        yield running
