"""The unit files, as systemd's own checkers read them, and what the filter tells systemd."""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.fake_clamd import OK, Exchange, FakeClamd
from tests.running_filter import BIN, RunningFilter

from clamgate.harness.client import judge
from clamgate.harness.mail import Message
from clamgate.harness.wire import Accept

UNITS = Path(__file__).parents[2] / "conf" / "systemd"
MAIL = Message.from_eml(b"Subject: hello\n\nbody\n")
PATIENCE = 30.0

Said = dict[str, str]


class Manager:
    """What systemd is to a service: a socket that it tells how it is."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "manager")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)

    def hear(self, by: int, within: float = PATIENCE) -> Said:
        """Return the next thing that is said, which has to come from this process."""
        self._socket.settimeout(within)
        size = socket.CMSG_SPACE(struct.calcsize("3i"))
        data, ancillary, _, _ = self._socket.recvmsg(4096, size)
        (sender, _, _) = struct.unpack("3i", ancillary[0][2])
        assert sender == by  # NotifyAccess=main: nobody else is listened to
        return dict(line.split("=", 1) for line in data.decode().split("\n"))

    def rest(self, by: int) -> list[Said]:
        """Return all that was said and not yet heard."""
        said = []
        while True:
            try:
                said.append(self.hear(by, within=0.01))
            except TimeoutError:
                return said

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(folder: Path) -> Iterator[Manager]:
    manager = Manager(folder)
    yield manager
    manager.close()


@contextmanager
def service(
    folder: Path, clamd: FakeClamd, environment: Mapping[str, str], conf: str = ""
) -> Iterator[RunningFilter]:
    """Run the filter with what systemd puts into its environment, and do not wait for it."""
    running = RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\nWorkers 1\n{conf}")
    running._launch({**os.environ, **environment})
    try:
        yield running
    finally:
        running.stop()


def slow_ok(exchange: Exchange) -> None:
    """Look at everything, and say OK once the test releases it."""
    exchange.content()
    exchange.fake.released.wait()
    exchange.send(OK)


def reload_with(running: RunningFilter, line: str) -> None:
    with running.conf_path.open("a") as conf:
        conf.write(line)
    running.signal(signal.SIGHUP)


def test_start_reload_and_stop_are_told_in_their_order(
    folder: Path, clamd: FakeClamd, manager: Manager
) -> None:
    with service(folder, clamd, {"NOTIFY_SOCKET": manager.address}) as running:
        pid = running.pid
        where = f"Serving unix:{running.socket_path}"
        assert manager.hear(pid) == {"READY": "1", "STATUS": f"{where} (generation 1)"}
        assert isinstance(judge(running.endpoint, MAIL).reply, Accept)  # READY is no promise

        asked = time.monotonic_ns() // 1000
        reload_with(running, "LogVerbose yes\n")
        told = manager.hear(pid)
        assert told.pop("STATUS") == "Reading the conf anew"
        assert int(told.pop("MONOTONIC_USEC")) >= asked  # or notify-reload takes it for an old one
        assert told == {"RELOADING": "1"}
        assert manager.hear(pid) == {"READY": "1", "STATUS": f"{where} (generation 2)"}

        reload_with(running, "MaxFileSize plenty\n")
        assert manager.hear(pid)["RELOADING"] == "1"
        refused = {"READY": "1", "STATUS": f"{where}; the last reload was refused"}
        assert manager.hear(pid) == refused

        running.signal(signal.SIGTERM)
        told = manager.hear(pid)
        assert told.pop("STATUS") == "Finishing the messages in flight"
        assert int(told.pop("EXTEND_TIMEOUT_USEC")) >= 60_000_000  # StopTimeout
        assert told == {"STOPPING": "1"}
        assert running.wait() == 0
        assert manager.rest(pid) == []


def test_signs_of_life_come_until_the_end(folder: Path, clamd: FakeClamd, manager: Manager) -> None:
    environment = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "1000000"}
    alive = {"WATCHDOG": "1"}
    with service(folder, clamd, environment) as running:
        pid = running.pid
        while "READY" not in manager.hear(pid):
            pass
        assert [manager.hear(pid) for _ in range(3)] == [alive] * 3
        reload_with(running, "LogVerbose yes\n")
        while "READY" not in manager.hear(pid):
            pass
        clamd.script = [slow_ok]
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(judge, running.endpoint, MAIL)  # it has to be waited for
            clamd.await_messages(1)
            running.signal(signal.SIGTERM)
            while "STOPPING" not in manager.hear(pid):
                pass
            assert [manager.hear(pid) for _ in range(3)] == [alive] * 3
            clamd.released.set()
            assert isinstance(answer.result(30).reply, Accept)
        assert running.wait() == 0


def test_why_a_start_failed_is_told(folder: Path, clamd: FakeClamd, manager: Manager) -> None:
    conf = f"LogFile {folder}/none/log\n"
    with service(folder, clamd, {"NOTIFY_SOCKET": manager.address}, conf) as running:
        assert running.wait() == 1
        (told,) = manager.rest(running.pid)
    assert list(told) == ["STATUS"]
    assert f"{folder}/none" in told["STATUS"]


def copied(folder: Path, program: Path) -> Path:
    """Copy the units, with a program that is there, and return the service."""
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/usr/local/bin/clamgate", str(program))
        (folder / unit.name).write_text(text)
    return folder / "clamgate.service"


def test_systemd_finds_nothing_wrong_with_the_units(folder: Path) -> None:
    unit = copied(folder, BIN / "clamgate")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit), str(unit.with_suffix(".socket"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_service_is_confined(folder: Path) -> None:
    """The exposure that systemd sees: 0 is none, 10 is all; a plain unit has 9.2."""
    unit = copied(folder, BIN / "clamgate")
    words = ("security", "--offline=true", "--no-pager", "--threshold=20")
    done = subprocess.run(
        ["systemd-analyze", *words, unit], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    exposure = re.search(r"exposure level for clamgate.service: ([\d.]+)", done.stdout)
    assert exposure is not None
    assert float(exposure[1]) <= 2.0


def test_the_socket_is_one_that_the_example_conf_can_name(folder: Path) -> None:
    text = (UNITS / "clamgate.socket").read_text()
    (address,) = re.findall(r"^ListenStream=(.+)$", text, re.MULTILINE)
    host, _, port = address.rpartition(":")
    running_md = (UNITS.parents[1] / "docs" / "running.md").read_text()
    assert f"MilterSocket inet:{port}@{host}" in running_md
