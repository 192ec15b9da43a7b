"""No disk and no descriptors left: mail is deferred until there are some again."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from tests.hostile.counted_client import CountedClient
from tests.hostile.judging_clamd import JudgingClamd
from tests.hostile.tally import Tally
from tests.hostile.target import CONF, Target, under_attack
from tests.processes import descriptors
from tests.waiting import wait_until

from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import Accept, TempFail

SMALL = Message.from_eml(b"Subject: hello\n\nbody\n")
LARGE = replace(SMALL, body=b"x" * (3 * 2**20))
FITTING = replace(SMALL, body=b"x" * (3 * 2**19))
SPARE = 12
IDLE = 40


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "clamgate-test", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, text=True, timeout=30, check=False)
    if mounted.returncode:
        pytest.skip(f"cannot mount a tmpfs here: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], timeout=30, check=True)


def used_bytes(disk: Path) -> int:
    status = os.statvfs(disk)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def test_no_disk_left(small_disk: Path, folder: Path, tally: Tally) -> None:
    with (
        JudgingClamd(folder / "clamd.sock") as clamd,
        under_attack(folder, f"{CONF}TemporaryDirectory {small_disk}\n", clamd, tally) as target,
    ):
        with CountedClient(target.endpoint, tally) as client, target.nothing_left_open():
            client.greet(Peer())
            assert isinstance(client.send_message(LARGE).reply, TempFail)
            assert clamd.seen == 0
            assert used_bytes(small_disk) == 0
            for fitting in (SMALL, FITTING):
                assert isinstance(client.send_message(fitting).reply, Accept)
            client.quit()
        assert used_bytes(small_disk) == 0
        message = f"cannot write to a file in {small_disk}: No space left on device"
        target.running.wait_for_log(message)


def test_no_descriptors_left(folder: Path, tally: Tally) -> None:
    """Sessions that are open get an answer; what cannot be taken on waits to be."""
    with (
        JudgingClamd(folder / "clamd.sock") as clamd,
        under_attack(folder, f"{CONF}Workers 1\n", clamd, tally) as target,
        CountedClient(target.endpoint, tally) as earlier,
    ):
        (worker,) = target.running.workers
        earlier.greet(Peer())
        assert isinstance(earlier.send_message(SMALL).reply, Accept)
        usual = descriptors(worker)
        limit = usual + SPARE
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (limit, limit))
        with idle_connections(target):
            wait_until(lambda: descriptors(worker) == limit, "no descriptor left")
            for message in (SMALL, LARGE):
                assert isinstance(earlier.send_message(message).reply, TempFail)
            target.running.wait_for_log("Too many open files")
            assert clamd.passed == 1
        with CountedClient(target.endpoint, tally) as later:
            later.greet(Peer())  # it was taken on behind all that were idle, which now end
            wait_until(lambda: descriptors(worker) <= usual + 1, "descriptors again")
            assert isinstance(later.send_message(SMALL).reply, Accept)
            later.quit()
        assert isinstance(earlier.send_message(LARGE).reply, Accept)
        earlier.quit()


def idle_connections(target: Target) -> ExitStack:
    """Open more connections than there are descriptors for, and say nothing on them."""
    with ExitStack() as opened:
        for _ in range(IDLE):
            connection = opened.enter_context(socket.socket(socket.AF_UNIX))
            connection.connect(target.endpoint)
            target.tally.opened()
        return opened.pop_all()
