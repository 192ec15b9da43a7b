"""Several processes as one filter: what becomes of mail when one of them fares ill."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from tests import running_filter
from tests.daemon import planted
from tests.fake_clamd import FakeClamd
from tests.processes import children, connections_by, has_ended, links, status_of, title
from tests.running_filter import RunningFilter
from tests.waiting import wait_until

from clamgate.daemon import processors
from clamgate.harness.client import MilterClient, judge
from clamgate.harness.link import FilterGoneError
from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import Accept

MAIL = Message.from_eml(b"Subject: hello\n\nbody\n")


@contextmanager
def plant(plan: str, folder: Path) -> Iterator[None]:
    """Have RunningFilter start the filter with a fault in it."""
    launcher = shlex.join([sys.executable, planted.__file__, plan])
    program = folder / "bin" / "clamgate"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {launcher} "$@"\n')
    program.chmod(0o755)
    with mock.patch.object(running_filter, "BIN", program.parent):
        yield


def accepted(running: RunningFilter) -> bool:
    return isinstance(judge(running.endpoint, MAIL).reply, Accept)


def session(running: RunningFilter) -> MilterClient:
    """Open a session that has sent a message, so that a worker has it."""
    client = MilterClient(running.endpoint)
    client.greet(Peer())
    assert isinstance(client.send_message(MAIL).reply, Accept)
    return client


def breaks_off(client: MilterClient) -> bool:
    try:
        client.send_message(MAIL)
    except FilterGoneError:
        return True
    return False


@pytest.mark.parametrize(
    ("conf", "number"),
    [("", processors.usable()), ("Workers auto\n", processors.usable()), ("Workers 3\n", 3)],
)
def test_there_are_as_many_as_wanted_each_with_a_title(
    folder: Path, clamd: FakeClamd, conf: str, number: int
) -> None:
    with RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\n{conf}") as running:
        assert sorted(title(pid) for pid in children(running.pid)) == [
            "clamgate: clerk",
            *(f"clamgate: worker {n} (generation 1)" for n in range(1, number + 1)),
        ]
        assert title(running.pid) == "clamgate: master"
        assert accepted(running)


def test_ctrl_c_on_a_terminal_reaches_the_master_only(folder: Path, clamd: FakeClamd) -> None:
    with RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\n") as running:
        assert all(os.getpgid(pid) == pid for pid in children(running.pid))


def test_no_process_has_what_is_its_siblings(folder: Path, clamd: FakeClamd) -> None:
    """If one end of a link were open in a third process, nobody would notice a death."""
    with RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\nWorkers 3\n") as running:
        pairs = [
            {link for link in links(pid) if link.startswith("socket:")}
            for pid in (*running.workers, running.clerk)
        ]
        shared = set.union(*(a & b for a in pairs for b in pairs if a is not b))
        workers = pairs[:3]
        # Workers share the socket they accept from and the one they log to; the clerk nothing.
        assert shared == set.intersection(*workers)
        assert len(shared) == 2


def test_a_crash_harms_the_sessions_of_that_worker_only(folder: Path, clamd: FakeClamd) -> None:
    with RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\nWorkers 2\n") as running:
        clients = [session(running) for _ in range(12)]
        one, other = running.workers
        here = connections_by(one), connections_by(other)
        assert sum(here) == 12
        os.kill(one, signal.SIGKILL)
        running.wait_for_log("was ended by SIGKILL: its sessions are broken off")
        assert sum(breaks_off(client) for client in clients) == here[0]
        wait_until(lambda: len(running.workers) == 2, "another worker")
        assert other in running.workers
        assert accepted(running)
        for client in clients:
            client.link.close()


def test_a_worker_that_gets_sigterm_ends_its_sessions_in_peace(
    folder: Path, clamd: FakeClamd
) -> None:
    with RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\nWorkers 1\n") as running:
        client = session(running)
        (worker,) = running.workers
        os.kill(worker, signal.SIGTERM)
        wait_until(lambda: len(running.workers) == 2, "another worker")
        assert isinstance(client.send_message(MAIL).reply, Accept)
        assert accepted(running)
        client.quit()
        wait_until(lambda: worker not in running.workers, "the end of the first")
        assert "WARNING" not in running.log


def test_a_worker_whose_milter_threads_hang_is_killed_and_replaced(
    folder: Path, clamd: FakeClamd
) -> None:
    with (
        plant("hanging", folder),
        RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\nWorkers 2\n") as running,
    ):
        (folder / "hang").touch()
        (found,) = wait_until(lambda: list(folder.glob("hung.*")), "one that hangs")
        hung = int(found.suffix[1:])
        running.wait_for_log(f"process {hung}): it hung: no sign of life from its milter threads")
        wait_until(lambda: hung not in running.workers, "its end")
        wait_until(lambda: len(running.workers) == 2, "another worker")
        assert accepted(running)


def test_a_worker_that_is_stopped_is_killed_and_replaced(folder: Path, clamd: FakeClamd) -> None:
    with (
        plant("impatient", folder),
        RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\nWorkers 1\n") as running,
    ):
        (worker,) = running.workers
        os.kill(worker, signal.SIGSTOP)
        running.wait_for_log("it hung")
        assert accepted(running)
        assert running.workers != [worker]


def test_a_worker_that_cannot_boot_ends_the_start_with_its_reason(
    folder: Path, clamd: FakeClamd
) -> None:
    running = RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\n")
    with plant("boot", folder), pytest.raises(AssertionError, match="ended at its start with 1"):
        running.start()
    assert "ERROR: a worker cannot start: planted: no worker comes up" in running.log
    assert "Traceback" not in running.log
    assert not running.socket_path.exists()


def test_a_successor_that_cannot_boot_is_tried_again_and_the_others_serve(
    folder: Path, clamd: FakeClamd
) -> None:
    with (
        plant("later", folder),
        RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\nWorkers 2\n") as running,
    ):
        one, other = running.workers
        os.kill(one, signal.SIGKILL)
        log = running.wait_for_log("planted: no worker comes up")
        assert log.count("planted") < 5
        # One that comes up is there for a moment, and is tried again and again.
        wait_until(lambda: running.workers == [other], "the end of the one that came up")
        assert accepted(running)


def test_when_nothing_can_be_forked_who_serves_goes_on_and_it_is_tried_again(
    folder: Path, clamd: FakeClamd
) -> None:
    with (
        plant("full", folder),
        RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\nWorkers 2\n") as running,
    ):
        (folder / "full").touch()
        one, other = running.workers
        running.signal(signal.SIGHUP)
        running.wait_for_log("no other process can be forked")
        assert running.workers == [one, other]
        os.kill(one, signal.SIGKILL)
        running.wait_for_log("worker 1 (generation 1): no other process can be forked")
        assert running.workers == [other]
        assert accepted(running)
        (folder / "full").unlink()
        wait_until(lambda: len(running.workers) == 2, "another worker")
        running.signal(signal.SIGHUP)
        wait_until(lambda: not {one, other} & set(running.workers), "those of the next generation")
        assert accepted(running)
        assert "Traceback" not in running.log


def test_when_nothing_can_be_forked_at_its_start_it_says_so(folder: Path, clamd: FakeClamd) -> None:
    running = RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\n")
    (folder / "full").touch()
    with plant("full", folder), pytest.raises(AssertionError, match="ended at its start with 1"):
        running.start()
    assert "ERROR: no other process can be forked" in running.log
    assert "Traceback" not in running.log
    assert not running.socket_path.exists()


def test_a_worker_is_replaced_after_its_number_of_messages(folder: Path, clamd: FakeClamd) -> None:
    conf = f"ClamdSocket {clamd.endpoint}\nWorkers 1\nMaxRequestsPerWorker 5\n"
    with RunningFilter(folder, conf) as running:
        first = running.workers
        lasting = session(running)
        while running.workers == first:
            assert isinstance(lasting.send_message(MAIL).reply, Accept)
            assert accepted(running)
        lasting.quit()
        wait_until(lambda: not set(first) & set(running.workers), "the end of the first")
        assert accepted(running)
        assert "WARNING" not in running.log


def test_the_clerk_is_replaced_and_no_line_is_lost(folder: Path, clamd: FakeClamd) -> None:
    conf = f"ClamdSocket {clamd.endpoint}\nLogClean Basic\n"
    with RunningFilter(folder, conf) as running:
        assert accepted(running)
        running.wait_for_log("Clean message")
        clerk = running.clerk
        os.kill(clerk, signal.SIGSTOP)
        wait_until(lambda: status_of(clerk, "State")[0] == "T", "its stop")
        senders = [b"<%d@example.org>" % number for number in range(20)]
        for sender in senders:
            judge(running.endpoint, replace(MAIL, sender=sender))
        os.kill(clerk, signal.SIGKILL)
        running.wait_for_log("the process that writes the log has ended")
        assert running.clerk != clerk
        # Not the first one's: if it was stopped just when that was written, it is written again.
        lines = [f"Clean message from {sender.decode()}" for sender in senders]
        wait_until(lambda: all(line in running.log for line in lines), "the lines of all mails")
        assert [running.log.count(line) for line in lines] == [1] * 20


def test_without_a_master_open_sessions_go_on_and_then_all_end(
    folder: Path, clamd: FakeClamd
) -> None:
    conf = f"ClamdSocket {clamd.endpoint}\nLogClean Basic\nWorkers 2\n"
    with RunningFilter(folder, conf) as running:
        client = session(running)
        pids = [os.pidfd_open(pid) for pid in children(running.pid)]
        running.signal(signal.SIGKILL)
        running.wait()
        assert isinstance(client.send_message(MAIL).reply, Accept)
        client.quit()
        for pidfd in pids:
            wait_until(lambda: has_ended(pidfd), "the end of every process")  # noqa: B023  at once
            os.close(pidfd)
        assert running.log.count("Clean message") == 2
        running.start()  # the socket it left behind is in nobody's way
        assert accepted(running)


def test_one_idle_worker_is_light(folder: Path, clamd: FakeClamd) -> None:
    """The figure to reach is 40 MiB; beyond half as much again something is amiss."""
    with RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\nWorkers 1\n") as running:
        assert accepted(running)
        (worker,) = running.workers
        assert int(status_of(worker, "VmRSS").removesuffix("kB")) < 60 * 1024
