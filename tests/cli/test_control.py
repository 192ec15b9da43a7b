"""`clamgate status` and `clamgate reload` against a running filter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.fake_clamd import FakeClamd
from tests.running_filter import BIN, RunningFilter
from tests.waiting import wait_until

from clamgate.harness.client import MilterClient, judge
from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import Accept

MAIL = Message.from_eml(b"Subject: hello\n\nbody\n")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningFilter]:
    with TemporaryDirectory(prefix="cg-") as name, FakeClamd(Path(name) / "clamd.sock") as clamd:
        conf = f"ClamdSocket {clamd.endpoint}\nWorkers 2\nLogClean Basic\n"
        with RunningFilter(Path(name), conf) as running:
            wait_until(lambda: all_know_the_clamd(status(running)), "all workers' first reports")
            yield running


def command(running: RunningFilter, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "clamgate", words[0], "-c", running.conf_path, *words[1:]],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def status(running: RunningFilter) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command(running, "status", "--json").stdout)
    return found


def test_the_socket_is_for_nobody_else(running: RunningFilter) -> None:
    path = Path(f"{running.endpoint}.control")
    assert path.stat().st_mode & 0o777 == 0o600


def test_status_for_programs(running: RunningFilter) -> None:
    with MilterClient(running.endpoint) as client:
        client.greet(Peer())
        client.send_message(MAIL)
        wait_until(lambda: it_is_counted(status(running)), "a message in the status")
        found = status(running)
        client.quit()
    workers = found["workers"]
    assert {worker["pid"] for worker in workers} == set(running.workers)
    assert {worker["state"] for worker in workers} == {"serving"}
    assert [worker["restarts"] for worker in workers] == [0, 0]
    assert all(worker["memory"] > 1 << 20 for worker in workers)
    assert found["listening"] == f"unix:{running.endpoint}"
    (clamd,) = found["clamds"]
    assert (clamd["up_for"], clamd["down_for"]) == (2, 0)
    assert clamd["text"].startswith("ClamAV")


def all_know_the_clamd(found: dict[str, Any]) -> bool:
    return [clamd["up_for"] for clamd in found["clamds"]] == [2]


def it_is_counted(found: dict[str, Any]) -> bool:
    connections = [worker["connections"] for worker in found["workers"]]
    return (found["messages"], sum(connections)) == (1, 1)


def test_status_for_people(running: RunningFilter) -> None:
    done = command(running, "status")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("clamgate 0.1.0, serving on unix:")
    titles = [line.partition("  ")[0] for line in lines[3:8]]
    assert titles[0] == "PROCESS"
    assert titles[1:3] == ["clamgate: master", "clamgate: clerk"]
    assert titles[3].startswith("clamgate: worker 1 (generation ")
    assert "is up: ClamAV" in done.stdout


def test_reload_says_that_it_is_done(running: RunningFilter) -> None:
    before = set(running.workers)
    done = command(running, "reload")
    assert (done.returncode, done.stdout) == (0, "reloaded: the conf is in force\n")
    wait_until(lambda: not before & set(running.workers), "workers of a new generation")
    assert "last reload: done" in command(running, "status").stdout


def test_reload_names_what_needs_a_restart(running: RunningFilter) -> None:
    good = running.conf_path.read_text()
    # Its own first: that is how it finds the filter.
    socket = f"{running.endpoint}.control"
    running.conf_path.write_text(good.replace("milter.sock", "other.sock") + "PidFile /tmp/x.pid\n")
    done = command(running, "reload", "--socket", socket)
    running.conf_path.write_text(good)
    assert done.returncode == 0
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == [
        "MilterSocket",
        "PidFile",
    ]
    assert isinstance(judge(running.endpoint, MAIL).reply, Accept)


def test_reload_of_a_broken_conf_says_where_and_why(running: RunningFilter) -> None:
    good = running.conf_path.read_text()
    line = good.count("\n") + 1
    running.conf_path.write_text(good + "OnFial Defer\n")
    socket = ("--socket", f"{running.endpoint}.control")
    for words in ((), socket):
        done = command(running, "reload", *words)
        assert done.returncode == 1
        assert f"{running.conf_path}:{line}: there is no directive OnFial" in done.stderr
    running.conf_path.write_text(good)
    assert "not reloaded" in done.stderr
    assert isinstance(judge(running.endpoint, MAIL).reply, Accept)


def test_a_reload_that_changes_the_log_is_told_of_too(running: RunningFilter) -> None:
    """It replaces the clerk, which is the one that answers."""
    good = running.conf_path.read_text()
    log = running.conf_path.with_name("x.log")
    running.conf_path.write_text(f"{good}LogFile {log}\n")
    assert command(running, "reload").stdout == "reloaded: the conf is in force\n"
    judge(running.endpoint, MAIL)
    wait_until(lambda: "Clean message" in log.read_text(), "a line in the new log")
    running.conf_path.write_text(f"{good}LogFile {log.parent}/none/x.log\n")
    done = command(running, "reload", "--socket", f"{running.endpoint}.control")
    assert done.returncode == 1
    line = len(good.splitlines()) + 1
    assert f"ERROR: {running.conf_path}:{line}: LogFile {log.parent}/none/x.log: " in done.stderr
    running.conf_path.write_text(good)
    assert command(running, "reload").returncode == 0


def test_without_a_filter_both_say_so(running: RunningFilter, tmp_path: Path) -> None:
    for word in ("status", "reload"):
        done = command(running, word, "--socket", f"{tmp_path}/none")
        assert done.returncode == 1
        assert "no filter listens on" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_clerk_that_is_killed_is_not_missed_for_long(running: RunningFilter) -> None:
    os.kill(running.clerk, signal.SIGKILL)
    wait_until(lambda: command(running, "status").returncode == 0, "a new clerk")


def test_no_control_socket_if_there_is_to_be_none(tmp_path: Path) -> None:
    conf = tmp_path / "x.conf"
    conf.write_text("MilterSocket /m.sock\nClamdSocket unix:/c\nControlSocket none\n")
    done = subprocess.run(
        [BIN / "clamgate", "status", "-c", conf], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "leads to no control socket: set ControlSocket" in done.stderr
