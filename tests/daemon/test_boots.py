"""While a process is slow, the master does all else that it has to do, and says what is true."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.daemon.test_workers import MAIL, accepted, plant
from tests.fake_clamd import FakeClamd
from tests.processes import titled
from tests.running_filter import BIN, RunningFilter
from tests.waiting import wait_until

from clamgate.daemon.control.client import ask
from clamgate.harness.client import judge
from clamgate.harness.wire import Discard

EXPIRER = "clamgate: expirer"


@pytest.fixture
def slow(folder: Path) -> Path:
    """While this file is there, neither clerk nor expirer gets ready."""
    return folder / "slow"


@pytest.fixture
def running(folder: Path, clamd: FakeClamd) -> Iterator[RunningFilter]:
    conf = f"ClamdSocket {clamd.endpoint}\nWorkers 2\nQuarantineDirectory {folder}/q\n"
    with plant("slow", folder), RunningFilter(folder, conf) as running:
        yield running


def reload_with(running: RunningFilter, line: str) -> None:
    with running.conf_path.open("a") as conf:
        conf.write(line)
    running.signal(signal.SIGHUP)


def state(running: RunningFilter, *words: str | int) -> object:
    found: Any = ask(f"{running.endpoint}.control", "status")
    for word in words:
        found = found[word]
    return found


def test_a_slow_expirer_holds_up_its_reload_only(running: RunningFilter, slow: Path) -> None:
    slow.touch()
    reload_with(running, "QuarantineMaxSize 1M\n")
    wait_until(lambda: state(running, "expirer", "state") == "booting", "the new expirer")
    one, other = running.workers
    os.kill(one, signal.SIGKILL)
    wait_until(lambda: len(set(running.workers) - {one}) == 2, "another worker")
    assert other in running.workers
    assert accepted(running)
    assert state(running, "generation") == 1
    command = (BIN / "clamgate", "reload", "-c", running.conf_path, "--timeout", "0.1")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("not reloaded yet (waiting): ")
    slow.unlink()
    running.wait_for_log("Reloaded: the conf is in force (generation 3)")
    assert state(running, "generation") == 3
    assert state(running, "expirer", "state") == "serving"


def test_a_slow_clerk_holds_up_its_reload_only(running: RunningFilter, slow: Path) -> None:
    slow.touch()
    first = running.clerk
    log = running.socket_path.with_name("log")
    reload_with(running, f"LogFile {log}\nLogClean Basic\n")
    wait_until(lambda: titled(running.pid, "clamgate: clerk") not in ([], [first]), "a new clerk")
    one, other = running.workers
    os.kill(one, signal.SIGKILL)
    wait_until(lambda: len(set(running.workers) - {one}) == 2, "another worker")
    assert other in running.workers
    assert accepted(running)
    slow.unlink()
    wait_until(lambda: log.exists() and "Reloaded" in log.read_text(), "the reload's end")
    assert "was ended by SIGKILL" in log.read_text()  # told meanwhile, and kept
    assert accepted(running)


@pytest.mark.parametrize(
    ("title", "line"),
    [(EXPIRER, "QuarantineMaxSize 1M\n"), ("clamgate: clerk", "LogTime yes\n")],
)
def test_a_stop_does_not_wait_for_a_boot_to_end(
    running: RunningFilter, slow: Path, title: str, line: str
) -> None:
    slow.touch()
    before = titled(running.pid, title)
    assert before
    reload_with(running, line)
    wait_until(lambda: titled(running.pid, title) not in ([], before), "one that boots")
    running.signal(signal.SIGTERM)
    wait_until(lambda: running.workers == [], "the end of all workers")
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    assert not running.socket_path.exists()


def test_a_conf_is_not_in_force_while_an_old_worker_may_take_connections(
    folder: Path, clamd: FakeClamd
) -> None:
    conf = f"ClamdSocket {clamd.endpoint}\nWorkers 1\n"
    with RunningFilter(folder, conf) as running:
        (old,) = running.workers
        with stopped(old):
            reload_with(running, "OnClean Blackhole\n")
            # By the new one, and now only the old one is waited for.
            assert isinstance(judge(running.endpoint, MAIL).reply, Discard)
            assert state(running, "reloads", 0, "state") == "running"
        running.wait_for_log("Reloaded: the conf is in force (generation 2)")


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Have a process do nothing inside the block; its threads stop one by one."""
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: all(map(is_stopped, Path(f"/proc/{pid}/task").iterdir())), "standstill")
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def is_stopped(task: Path) -> bool:
    return (task / "stat").read_text().rpartition(")")[2].split()[0] == "T"


def test_a_start_can_be_broken_off_while_it_boots(
    folder: Path, clamd: FakeClamd, slow: Path
) -> None:
    slow.touch()
    running = RunningFilter(
        folder, f"ClamdSocket {clamd.endpoint}\nQuarantineDirectory {folder}/q\n"
    )
    with plant("slow", folder):
        running._launch(os.environ)
        try:
            wait_until(lambda: titled(running.pid, EXPIRER), "an expirer that boots")
            running.signal(signal.SIGTERM)
            assert running.wait() == 0
            assert not running.socket_path.exists()
            assert "Traceback" not in running.log
        finally:
            running.stop()
