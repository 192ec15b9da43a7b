"""The running daemon, seen from outside: how it starts, serves, and ends."""

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
from tests.fake_clamd import OK, Exchange, FakeClamd, says
from tests.processes import status_of
from tests.running_filter import BIN, RunningFilter
from tests.waiting import wait_until

from clamgate.harness.client import MilterClient, judge
from clamgate.harness.link import FilterGoneError
from clamgate.harness.mail import Message, Peer
from clamgate.harness.ports import free_port
from clamgate.harness.wire import Accept, TempFail

MAIL = Message.from_eml(b"Subject: hello\n\nbody\n")
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
        (folder / "clamd.sock").chmod(0o666)
        yield fake


def slow_ok(exchange: Exchange) -> None:
    """Look at everything, and say OK once the test releases it."""
    exchange.content()
    exchange.fake.released.wait()
    exchange.send(OK)


def test_sigterm_ends_it_cleanly_and_leaves_nothing(folder: Path, clamd: FakeClamd) -> None:
    pid_file = folder / "x.pid"
    conf = f"ClamdSocket {clamd.endpoint}\nPidFile {pid_file}\n"
    with RunningFilter(folder, conf) as running:
        assert isinstance(judge(running.endpoint, MAIL).reply, Accept)
        assert pid_file.read_text() == f"{running.pid}\n"
        running.signal(signal.SIGTERM)
        assert running.wait() == 0
        assert "Traceback" not in running.log
    assert not running.socket_path.exists()
    assert not pid_file.exists()


def test_ctrl_c_is_the_same(folder: Path, clamd: FakeClamd) -> None:
    with RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\n") as running:
        running.signal(signal.SIGINT)
        assert running.wait() == 0
        assert "Traceback" not in running.log


def test_a_message_in_flight_gets_its_answer_before_the_end(folder: Path, clamd: FakeClamd) -> None:
    clamd.script = [slow_ok]
    with (
        RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\n") as running,
        ThreadPoolExecutor() as pool,
    ):
        answer = pool.submit(judge, running.endpoint, MAIL)
        clamd.await_messages(1)
        running.signal(signal.SIGTERM)
        running.wait_for_log("Stopping")
        with pytest.raises(FilterGoneError):
            MilterClient(running.endpoint)
        clamd.released.set()
        assert isinstance(answer.result(30).reply, Accept)
        assert running.wait() == 0


def test_a_second_sigterm_does_not_wait(folder: Path, clamd: FakeClamd) -> None:
    clamd.script = [slow_ok]
    with (
        RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\n") as running,
        ThreadPoolExecutor() as pool,
    ):
        answer = pool.submit(judge, running.endpoint, MAIL)
        clamd.await_messages(1)
        running.signal(signal.SIGTERM)
        running.wait_for_log("Stopping")
        running.signal(signal.SIGTERM)
        assert running.wait(10) == 0
        assert "cut off unfinished" in running.log
        with pytest.raises(FilterGoneError):
            answer.result(30)


def test_sighup_reopens_the_log_that_logrotate_moved(folder: Path, clamd: FakeClamd) -> None:
    log = folder / "x.log"
    conf = f"ClamdSocket {clamd.endpoint}\nLogFile {log}\nLogClean Basic\n"
    with RunningFilter(folder, conf) as running:
        judge(running.endpoint, MAIL)
        wait_until(lambda: "Clean message from" in log.read_text(), "the line of the first mail")
        log.rename(folder / "x.log.1")
        running.signal(signal.SIGHUP)
        with MilterClient(running.endpoint) as client:  # one session: the answer comes after HUP
            client.greet(Peer())
            while not log.exists():
                client.send_message(MAIL)
            client.send_message(MAIL)
        running.signal(signal.SIGTERM)
        assert running.wait() == 0
    assert "Clean message from" in (folder / "x.log.1").read_text()
    assert "Clean message from" in log.read_text()
    assert "--- Stopped" in log.read_text()


@needs_root
def test_root_is_given_up_and_socket_and_log_belong_to_the_user(
    folder: Path, clamd: FakeClamd
) -> None:
    daemon = pwd.getpwnam("daemon")
    os.chown(folder, daemon.pw_uid, daemon.pw_gid)
    conf = (
        f"ClamdSocket {clamd.endpoint}\nUser daemon\nMilterSocketMode 660\nLogFile {folder}/x.log\n"
    )
    with RunningFilter(folder, conf) as running:
        assert isinstance(judge(running.endpoint, MAIL).reply, Accept)
        for pid in (*running.workers, running.clerk):
            assert status_of(pid, "Uid").split() == [str(daemon.pw_uid)] * 4
            assert status_of(pid, "Gid").split() == [str(daemon.pw_gid)] * 4
            assert status_of(pid, "CapEff") == "0" * 16
        socket_status = running.socket_path.stat()
        assert (socket_status.st_uid, socket_status.st_mode & 0o777) == (daemon.pw_uid, 0o660)
        assert (folder / "x.log").stat().st_uid == daemon.pw_uid
    assert not running.socket_path.exists()


@needs_root
def test_chroot_serves_with_all_it_needs_from_before(folder: Path, clamd: FakeClamd) -> None:
    daemon = pwd.getpwnam("daemon")
    os.chown(folder, daemon.pw_uid, daemon.pw_gid)
    conf = (
        "ClamdSocket unix:/clamd.sock\nTemporaryDirectory /\n"
        "LogFile /x.log\nPidFile /x.pid\nLogTime yes\nLogClean Full\nAddHeader Replace\n"
        "OnInfected Tag\nTagSubject [V]\nClamdWait 5\nUser daemon\n"
    )
    with RunningFilter(folder, conf, chroot=True) as running:
        assert isinstance(judge(running.endpoint, MAIL).reply, Accept)
        clamd.script = [says(b"fd[9]: Virus FOUND\0")]
        subject = Message.from_eml("Subject: Grüße\n\nbody\n".encode())
        assert isinstance(judge(running.endpoint, subject).reply, Accept)
        for pid in (*running.workers, running.clerk):
            assert Path(f"/proc/{pid}/root").readlink() == folder
        running.signal(signal.SIGTERM)
        assert running.wait() == 0
        assert "Traceback" not in running.log
    assert "Clean message 4HarNess0z1" in (folder / "x.log").read_text()
    assert not (folder / "x.pid").exists()
    assert not running.socket_path.exists()


@pytest.mark.parametrize(
    ("conf", "complaint"),
    [
        ("LogFile {folder}/none/x.log\n", "LogFile"),
        ("PidFile {folder}/none/x.pid\n", "PidFile"),
    ],
)
def test_a_start_that_fails_says_why_and_leaves_nothing(
    folder: Path, conf: str, complaint: str
) -> None:
    path = folder / "x.conf"
    socket_path = folder / "m.sock"
    path.write_text(
        f"MilterSocket {socket_path}\nClamdSocket unix:/nobody\n" + conf.format(folder=folder)
    )
    for foreground in ("yes", "no"):
        done = subprocess.run(
            [BIN / "clamav-milter", f"--foreground={foreground}", "-c", path],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 1
        assert complaint in done.stderr
        assert "Traceback" not in done.stderr
        assert not socket_path.exists()


def test_in_the_background_the_parent_returns_once_the_socket_accepts(
    folder: Path, clamd: FakeClamd
) -> None:
    path = folder / "x.conf"
    pid_file = folder / "x.pid"
    socket_path = folder / "m.sock"
    path.write_text(
        f"MilterSocket {socket_path}\nClamdSocket {clamd.endpoint}\nLogFile {folder}/x.log\n"
    )
    done = subprocess.run(
        [BIN / "clamav-milter", "-c", path, "-p", pid_file],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    pid = int(pid_file.read_text())
    pidfd = os.pidfd_open(pid)
    try:
        assert isinstance(judge(str(socket_path), MAIL).reply, Accept)
        assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
        assert os.getsid(pid) == pid
        assert {Path(f"/proc/{pid}/fd/{n}").readlink() for n in (0, 1, 2)} == {Path("/dev/null")}
    finally:
        signal.pidfd_send_signal(pidfd, signal.SIGTERM)
        _wait_for_end(pidfd)
    assert not socket_path.exists()
    assert not pid_file.exists()
    assert "--- Stopped" in (folder / "x.log").read_text()


def _wait_for_end(pidfd: int) -> None:
    """Wait until a process that is not our child has ended."""
    import select  # noqa: PLC0415  for this helper alone

    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    assert poll.poll(30_000)
    os.close(pidfd)


def test_a_clamd_that_comes_back_costs_no_mail(folder: Path) -> None:
    """The daemon is up before any clamd; mail waits for one."""
    with RunningFilter(folder, f"ClamdSocket unix:{folder}/clamd.sock\nClamdWait 30\n") as running:
        running.wait_for_log("is down")
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(judge, running.endpoint, MAIL)
            with FakeClamd(folder / "clamd.sock"):
                assert isinstance(answer.result(30).reply, Accept)


def test_clamd_wait_bounds_it(folder: Path) -> None:
    conf = f"ClamdSocket unix:{folder}/clamd.sock\nClamdWait 1\n"
    with RunningFilter(folder, conf) as running:
        assert isinstance(judge(running.endpoint, MAIL).reply, TempFail)
        running.wait_for_log("ERROR")


def test_a_tcp_socket(folder: Path, clamd: FakeClamd) -> None:
    port = free_port()
    path = folder / "x.conf"
    path.write_text(
        f"MilterSocket inet:{port}@127.0.0.1\nClamdSocket {clamd.endpoint}\nForeground yes\n"
    )
    with subprocess.Popen(
        [BIN / "clamgate", "run", "-c", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"+++ Started")
            assert isinstance(judge(("127.0.0.1", port), MAIL).reply, Accept)
        finally:
            process.terminate()
        assert process.wait(30) == 0
