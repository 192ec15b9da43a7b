"""The quarantine of a running filter."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.fake_clamd import FakeClamd, says
from tests.processes import children, has_ended
from tests.running_filter import RunningFilter
from tests.waiting import wait_until

from clamgate.core.settings import Quarantine as Settings
from clamgate.daemon.errors import StartError
from clamgate.daemon.privileges import Account
from clamgate.daemon.quarantine import make_directory, open_quarantine
from clamgate.harness.client import judge
from clamgate.harness.mail import Message
from clamgate.harness.wire import Discard, TempFail
from clamgate.quarantine.store import Quarantine

RAW = b"Subject: caf\xe9\r\nX-Odd:   kept \r\n\r\nbody \xff\r\n"
MAIL = Message.from_eml(RAW)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach, with a short name."""
    with TemporaryDirectory(prefix="cg-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def clamd(folder: Path) -> Iterator[FakeClamd]:
    with FakeClamd(folder / "clamd.sock") as fake:
        fake.script = [says(b"fd[9]: Worm.X FOUND\0")] * 9
        (folder / "clamd.sock").chmod(0o666)
        yield fake


def storing(clamd: FakeClamd, directory: Path) -> str:
    return f"ClamdSocket {clamd.endpoint}\nOnInfected Store\nQuarantineDirectory {directory}\n"


def test_a_message_is_stored_byte_for_byte_and_said_so(folder: Path, clamd: FakeClamd) -> None:
    with RunningFilter(folder, storing(clamd, folder / "q")) as running:
        assert isinstance(judge(running.endpoint, MAIL).reply, Discard)
        store = Quarantine(str(folder / "q"))
        (row,) = store.index.select()
        assert store.content(row) == RAW
        assert row.signature == "Worm.X"
        running.wait_for_log(f"is stored as {row.id}")


def test_many_at_a_time_are_all_stored(folder: Path, clamd: FakeClamd) -> None:
    """Whichever threads of libmilter serve their sessions, while others come and go."""
    clamd.script = [says(b"fd[9]: Worm.X FOUND\0")] * 1000
    with RunningFilter(folder, f"{storing(clamd, folder / 'q')}Workers 1\n") as running:
        with ThreadPoolExecutor(16) as senders:
            done = [senders.submit(judge, running.endpoint, MAIL) for _ in range(100)]
        assert all(isinstance(one.result().reply, Discard) for one in done)
        assert len(Quarantine(str(folder / "q")).index.select()) == 100
    assert "SIGSEGV" not in running.log


@needs_root
def test_it_belongs_to_the_filters_user_alone(folder: Path, clamd: FakeClamd) -> None:
    user = pwd.getpwnam("nobody")
    with RunningFilter(folder, storing(clamd, folder / "q") + "User nobody\n") as running:
        assert isinstance(judge(running.endpoint, MAIL).reply, Discard)
        running.stop()  # while it runs, files of the index come and go
        paths = [folder / "q", *(folder / "q").rglob("*")]
        assert [path.suffix for path in paths].count(".gz") == 1
        for path in paths:
            status = path.stat()
            assert (status.st_uid, status.st_mode & 0o077) == (user.pw_uid, 0), path


def test_after_kill_9_everything_accepted_is_there(folder: Path, clamd: FakeClamd) -> None:
    running = RunningFilter(folder, storing(clamd, folder / "q"))
    running.start()
    for _ in range(3):
        assert isinstance(judge(running.endpoint, MAIL).reply, Discard)
    ends = [os.pidfd_open(pid) for pid in children(running.pid)]
    running.signal(signal.SIGKILL)
    running.wait()
    for end in ends:  # they serve, and mend what is stored, until they notice
        wait_until(lambda: has_ended(end), "the end of every process")  # noqa: B023  at once
        os.close(end)
    store = Quarantine(str(folder / "q"))
    lost = store.index.select()[0]
    store.index.remove([lost.id])
    running.start()
    try:
        running.wait_for_log("1 stored messages were not in the index, and are now")
        assert len(store.index.select()) == 3
    finally:
        running.stop()


def test_a_full_disk_defers_and_leaves_nothing_half_written(folder: Path, clamd: FakeClamd) -> None:
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "clamgate-test", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, text=True, timeout=30, check=False)
    if mounted.returncode:
        pytest.skip(f"cannot mount a tmpfs here: {mounted.stderr.strip()}")
    try:
        with RunningFilter(folder, storing(clamd, disk / "q")) as running:
            noise = Message.from_eml(b"Subject: large\r\n\r\n" + os.urandom(3 << 20))
            assert isinstance(judge(running.endpoint, noise).reply, TempFail)
            running.wait_for_log(f"cannot store a message in {disk}/q: No space left on device")
            store = Quarantine(str(disk / "q"))
            assert store.index.select() == []
            assert list((disk / "q").rglob("*.gz")) == list((disk / "q" / "new").iterdir()) == []
            assert isinstance(judge(running.endpoint, MAIL).reply, Discard)
            (row,) = store.index.select()
            assert store.content(row) == RAW
    finally:
        subprocess.run(["umount", disk], timeout=30, check=True)


def test_a_conf_without_a_quarantine_has_none() -> None:
    assert open_quarantine(Settings()) is None


def test_a_directory_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    make_directory(tmp_path, Account("x", 12345, 12345))
    assert tmp_path.stat().st_mode & 0o777 == 0o750
    assert tmp_path.stat().st_uid == os.geteuid()


def test_one_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none" / "q"
    with pytest.raises(StartError, match=f"QuarantineDirectory {path}: cannot make it: No such"):
        make_directory(path, None)
