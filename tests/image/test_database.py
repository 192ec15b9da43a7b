"""The database: the first download, updates, failures and rate limits, and read-only volumes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

import pytest
from tests.image.containers import ONLY_CLAMD, Container
from tests.image.engine import Engine
from tests.image.images import IMAGE
from tests.waiting import wait_until

from clamgate.harness.private_clamd import TINY_DATABASE

NAME = "eicar.ndb"


class Mirror(ThreadingHTTPServer):
    """A web server with a database; or one that has had enough.

    Attributes:
        status: What it answers.
        content: The database.
        asked: How often it was asked for it.
    """

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), _Handler)
        self.status = 200
        self.content = TINY_DATABASE[NAME].encode()
        self.asked = 0

    @property
    def environment(self) -> dict[str, str]:
        """What a container needs to be told, so that it gets its database here and nowhere else."""
        names = ("main", "daily", "bytecode")
        return {
            "FRESHCLAM_CONF_DatabaseCustomURL": (
                f"http://{self.server_address[0]!s}:{self.server_port}/{NAME}"
            ),
            **{f"FRESHCLAM_CONF_ExcludeDatabase_{n}": one for n, one in enumerate(names, 1)},
        }


class _Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self.server.asked += 1
        self._answer()
        if self.server.status == 200:
            self.wfile.write(self.server.content)

    def _answer(self) -> None:
        self.send_response(self.server.status)
        size = len(self.server.content) if self.server.status == 200 else 0
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
        """Keep quiet."""


@pytest.fixture
def mirror(engine: Engine) -> Iterator[Mirror]:
    with Mirror(engine.gateway) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


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
        assert "there is no database in /var/lib/clamav: freshclam gets one" in container.logs()
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
    done = engine.attempt("run", "--rm", *variables, IMAGE, "clamscan", "/etc/hostname")
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
        wait_until(lambda: "clamd is ready" in container.logs(), "clamd")
        wait_until(
            lambda: "HEALTH_MAX_DB_AGE is 1 s" in container.health()[1].get("database", ""),
            "an old database",
        )
        assert not container.health()[0]
