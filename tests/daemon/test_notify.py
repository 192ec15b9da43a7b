from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clamgate.daemon.notify import Notifier

Manager = tuple[socket.socket, str]


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest) -> Iterator[Manager]:
    """What systemd does: a datagram socket, and its name as it stands in the environment."""
    with (
        TemporaryDirectory(prefix="cg-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock,
    ):
        name = str(Path(folder) / "notify")
        sock.bind(name if request.param == "path" else f"\0{name}")
        sock.settimeout(10)
        yield sock, name if request.param == "path" else f"@{name}"


def heard(sock: socket.socket) -> dict[str, str]:
    lines = sock.recv(4096).decode().split("\n")
    return dict(line.split("=", 1) for line in lines)


def test_what_systemd_is_told(manager: Manager) -> None:
    sock, name = manager
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.ready("all is well")
    assert heard(sock) == {"READY": "1", "STATUS": "all is well"}
    before = time.monotonic_ns() // 1000
    notifier.reloading()
    told = heard(sock)
    assert told["RELOADING"] == "1"
    assert before <= int(told["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
    notifier.stopping(90.5)
    told = heard(sock)
    assert told["STOPPING"] == "1"
    assert told["EXTEND_TIMEOUT_USEC"] == "90500000"
    notifier.ready("too late: systemd would take the service for one that runs")
    notifier.failed("two\nlines")
    assert heard(sock) == {"STATUS": "two lines"}
    notifier.alive()
    assert heard(sock) == {"WATCHDOG": "1"}


def test_the_environment_is_emptied_so_that_no_child_speaks_for_us() -> None:
    environment = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "PATH": "/"}
    Notifier(environment)
    assert environment == {"PATH": "/"}


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, None),
        ({"NOTIFY_SOCKET": "/x"}, None),
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "60000000"}, 30.0),
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        (
            {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())},
            30.0,
        ),
    ],
)
def test_signs_of_life_are_given_twice_as_often_as_asked(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert Notifier(environment).interval == seconds


def test_nobody_to_tell_is_no_trouble(tmp_path: Path) -> None:
    Notifier({}).ready("x")
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready("x")
