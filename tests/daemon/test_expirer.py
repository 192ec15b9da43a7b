"""The process that enforces the limits of the quarantine, beside a running filter."""

from __future__ import annotations

import os
import pwd
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.fake_clamd import FakeClamd
from tests.quarantine.samples import NOON, Source, told
from tests.running_filter import RunningFilter
from tests.waiting import wait_until

from clamgate.quarantine.store import Quarantine


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach, with a short name."""
    with TemporaryDirectory(prefix="cg-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def conf(folder: Path) -> Iterator[str]:
    with FakeClamd(folder / "clamd.sock") as clamd:
        (folder / "clamd.sock").chmod(0o666)
        yield f"ClamdSocket {clamd.endpoint}\nQuarantineDirectory {folder}/q\n"


def filled(folder: Path) -> list[str]:
    """Store three messages, and return their ids, the oldest first."""
    (folder / "q").mkdir(mode=0o700)
    store = Quarantine(str(folder / "q"))
    store.prepare()
    return [store.store(Source(), told(time=NOON + n)) for n in range(3)]


def left(folder: Path) -> list[str]:
    return [row.id for row in Quarantine(str(folder / "q")).index.select(oldest_first=True)]


def expirer_of(running: RunningFilter) -> int:
    """Return the process id of its expirer, once there is one."""

    def look() -> list[int]:
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        return [int(pid) for pid in children if name_of(int(pid)) == "clamgate: expir"]

    return wait_until(look, "the expirer")[0]


def name_of(pid: int) -> str:
    """Return the name of a process, empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_what_is_too_much_goes_and_is_said_so(folder: Path, conf: str) -> None:
    ids = filled(folder)
    size = Quarantine(str(folder / "q")).find(ids[2]).stored_size
    limits = f"QuarantineMaxAge 0\nQuarantineMaxSize {size}\n"
    with RunningFilter(folder, conf + limits) as running:
        running.wait_for_log("Stored messages beyond the limits, which are gone now: 2 (")
        assert left(folder) == ids[2:]


def test_what_is_too_old_goes(folder: Path, conf: str) -> None:
    filled(folder)
    store = Quarantine(str(folder / "q"))
    old = store.store(Source(), told(time=NOON - 100 * 86400))
    with RunningFilter(folder, f"{conf}QuarantineMaxAge 50\n") as running:
        running.wait_for_log("which are gone now: 1 (")
        assert old not in left(folder)
        assert len(left(folder)) == 3


def test_a_filter_without_a_quarantine_has_none(folder: Path, conf: str) -> None:
    with RunningFilter(folder, conf.replace("QuarantineDirectory", "#")) as running:
        running.wait_for_log("+++ Started")
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        assert "clamgate: expir" not in [name_of(int(pid)) for pid in children]


def test_it_ends_with_the_filter(folder: Path, conf: str) -> None:
    with RunningFilter(folder, conf) as running:
        pid = expirer_of(running)
        os.kill(pid, signal.SIGTERM)  # as to all processes of a service: it is not its own end
        assert running.stop() == 0
    assert name_of(pid) == ""


def test_it_ends_with_a_filter_that_is_killed(folder: Path, conf: str) -> None:
    running = RunningFilter(folder, conf)
    running.start()
    pid = expirer_of(running)
    running.signal(signal.SIGKILL)
    running.wait()
    wait_until(lambda: name_of(pid) == "", "its end")


def test_its_own_end_is_told(folder: Path, conf: str) -> None:
    with RunningFilter(folder, conf) as running:
        running.wait_for_log("+++ Started")
        os.kill(expirer_of(running), signal.SIGKILL)
        running.wait_for_log(
            "quarantine: the process that keeps the quarantine in order has ended: a new one will"
        )
        assert running.stop() == 0


def test_trouble_is_told(folder: Path, conf: str) -> None:
    ids = filled(folder)
    (path,) = (folder / "q").rglob(f"{ids[0]}.gz")
    path.unlink()
    path.mkdir()
    (path / "x").touch()
    with RunningFilter(folder, f"{conf}QuarantineMaxSize 1\n") as running:
        running.wait_for_log(f"quarantine: cannot remove {path}: Is a directory")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_it_is_the_filters_user(folder: Path, conf: str) -> None:
    with RunningFilter(folder, f"{conf}User nobody\n") as running:
        running.wait_for_log("+++ Started")
        pid = expirer_of(running)
        uid = pwd.getpwnam("nobody").pw_uid
        wait_until(lambda: Path(f"/proc/{pid}").stat().st_uid == uid, "that it is nobody")
