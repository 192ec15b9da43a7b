"""The conf that Debian's clamav-milter package installs, as it stands but for its folders."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.fake_clamd import FakeClamd
from tests.running_filter import BIN
from tests.waiting import wait_until

from clamgate.harness.client import judge
from clamgate.harness.mail import Message
from clamgate.harness.wire import Accept

STOCK = Path("/etc/clamav/clamav-milter.conf")
FOLDERS = ("/var/run/clamav", "/var/log/clamav")

pytestmark = [
    pytest.mark.skipif(not STOCK.exists(), reason=f"{STOCK} is not there (clamav-milter)"),
    pytest.mark.skipif(os.geteuid() != 0, reason="the conf names a User to become: needs root"),
]


@dataclass(frozen=True)
class Stock:
    """A copy of the conf, and the folder that stands for the system's."""

    conf: Path
    folder: Path
    clamd: FakeClamd

    @property
    def endpoint(self) -> str:
        return str(self.folder / "clamav-milter.ctl")

    @property
    def log(self) -> str:
        return (self.folder / "clamav-milter.log").read_text()

    def accepts(self) -> bool:
        """Whether it serves: a mail is scanned by the clamd of the conf, and accepted."""
        before = len(self.clamd.messages)
        outcome = judge(self.endpoint, Message.from_eml(b"Subject: hello\n\nbody\n"))
        return isinstance(outcome.reply, Accept) and len(self.clamd.messages) == before + 1


@pytest.fixture
def stock() -> Iterator[Stock]:
    with TemporaryDirectory(prefix="cg-") as name:
        folder = Path(name)
        owner = pwd.getpwnam("clamav")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        folder.chmod(0o755)
        text = STOCK.read_text()
        for there in FOLDERS:
            assert there in text
            text = text.replace(there, name)
        conf = folder / "clamav-milter.conf"
        conf.write_text(text)
        with FakeClamd(folder / "clamd.ctl") as clamd:
            (folder / "clamd.ctl").chmod(0o666)
            yield Stock(conf, folder, clamd)


def test_daemonised(stock: Stock) -> None:
    done = subprocess.run(
        [BIN / "clamav-milter", "-c", stock.conf],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    pid = int((stock.folder / "clamav-milter.pid").read_text())
    try:
        assert stock.accepts()
        assert "+++ Started at" in stock.log
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), "its end")
    assert "--- Stopped at" in stock.log
    assert not Path(stock.endpoint).exists()


def test_in_the_foreground(stock: Stock) -> None:
    process = subprocess.Popen(
        [BIN / "clamav-milter", "-c", stock.conf, "--foreground"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        wait_until(Path(stock.endpoint).exists, "its socket")
        assert stock.accepts()
        process.terminate()
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        assert b"--- Stopped at" in output
    finally:
        process.kill()
        process.wait()
