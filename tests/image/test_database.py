"""The database: the first download, updates, failures and rate limits, and read-only volumes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType

import pytest
from tests.image.containers import ONLY_CLAMD, READY_SECONDS, Container
from tests.image.engine import Engine
from tests.image.images import IMAGE
from tests.image.mirror import NAME, Mirror
from tests.waiting import wait_until


@contextmanager
def fetching(engine: Engine, mirror: Mirror, more: dict[str, str]) -> Iterator[Container]:
    """Run a container with an empty volume."""
    with Container(engine, environment={**mirror.environment, **more}) as container:
        yield container


@pytest.mark.parametrize("off", ["false", "true"], ids=["daemon", "once"])
def test_the_first_is_fetched_also_with_the_daemon_off(
    engine: Engine, mirror: Mirror, off: str
) -> None:
    with fetching(engine, mirror, {"CLAMAV_NO_FRESHCLAMD": off}) as container:
        container.wait_until_ready()
        assert mirror.asked >= 1
        assert container.run("ls", "/var/lib/clamav").split()[0] == NAME
        assert ("freshclam" in container.health()[1]) == (off == "false")
        container.wait_for_log("there is no database in /var/lib/clamav: freshclam gets one")
        asked = mirror.asked
        engine.docker("restart", container.id)
        container.wait_until_ready()
        if off == "true":
            assert mirror.asked == asked


def test_an_update_reaches_clamd(engine: Engine, mirror: Mirror) -> None:
    with fetching(engine, mirror, {}) as container:
        container.wait_until_ready()
        mirror.content += b"Another-Signature:0:*:616e6f74686572\n"
        container.run("touch", "-d", "2020-01-01", f"/var/lib/clamav/{NAME}")
        engine.docker("kill", "--signal=USR1", container.id)  # look for updates now
        container.wait_for_log(r"Database correctly reloaded \(2 signatures\)")
        assert container.health()[0]


def test_a_request_for_updates_does_not_kill_a_freshclam_that_looks_for_its_first(
    engine: Engine, mirror: Mirror
) -> None:
    mirror.held_up = 2  # after the first database
    with fetching(engine, mirror, {}) as container:
        wait_until(lambda: mirror.asked == 2, "freshclam as a service", READY_SECONDS)
        engine.docker("kill", "--signal=USR1", container.id)
        mirror.released.set()
        container.wait_for_log("freshclam: .*Received signal: wake up")
        wait_until(lambda: mirror.asked == 3, "its second look")
        assert "SIGUSR1" not in container.logs()


def test_a_mirror_that_fails_is_asked_again_and_health_says_why(
    engine: Engine, mirror: Mirror
) -> None:
    mirror.status = 500
    with fetching(engine, mirror, {}) as container:
        container.wait_for_log(r"freshclam \(first database\) [^;]*; it is started again in 15 s")
        assert not container.health()[0]
        mirror.status = 200
        container.wait_until_ready()


def test_a_rate_limit_is_no_success(engine: Engine, mirror: Mirror) -> None:
    mirror.status = 429
    with fetching(engine, mirror, {}) as container:
        container.wait_for_log(r"freshclam \(first database\) [^;]*; it is started again in")
        assert not container.health()[0]
        assert container.stop() == 0


def test_clamscan_gets_one_first(engine: Engine, mirror: Mirror) -> None:
    variables = [f"--env={name}={value}" for name, value in mirror.environment.items()]
    words = ("run", "--rm", engine.no_names, *variables, IMAGE, "clamscan", "/etc/hostname")
    done = engine.attempt(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "there is no database in /var/lib/clamav: freshclam gets one first" in done.stdout
    assert "Known viruses: 1" in done.stdout


def test_a_read_only_volume(engine: Engine, database: str) -> None:
    with Container(engine, f"{database}:ro") as container:
        container.wait_for_log("freshclam is left out, and somebody else has to keep")
        container.wait_until_ready()
        assert set(container.health()[1]) == {"clamd", "database"}


def test_an_old_database_is_bad_health_if_asked(engine: Engine, database: str) -> None:
    wanted = MappingProxyType({**ONLY_CLAMD, "HEALTH_MAX_DB_AGE": "1s"})
    with Container(engine, database, environment=wanted) as container:
        container.wait_for_log("clamd is ready")
        wait_until(
            lambda: "HEALTH_MAX_DB_AGE is 1 s" in container.health()[1].get("database", ""),
            "an old database",
        )
        assert not container.health()[0]
