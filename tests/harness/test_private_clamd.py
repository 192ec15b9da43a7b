from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from clamgate.harness.private_clamd import (
    EICAR,
    EICAR_NAME,
    ClamdError,
    PrivateClamd,
    installed,
)

needs_clamd = pytest.mark.skipif(
    not installed(), reason="clamd is not installed (Debian: clamav-daemon)"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cg-", dir="/tmp") as path:
        yield Path(path)


def ask(connected: socket.socket, question: bytes) -> bytes:
    """Ask one thing and return all that comes back."""
    with connected:
        connected.settimeout(30)
        connected.sendall(question)
        return b"".join(iter(lambda: connected.recv(4096), b""))


def local(clamd: PrivateClamd) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX)
    try:
        connected.connect(str(clamd.socket_path))
    except OSError:
        connected.close()
        raise
    return connected


def stream(content: bytes) -> bytes:
    return b"zINSTREAM\0" + len(content).to_bytes(4, "big") + content + bytes(4)


@contextmanager
def watched(pid: int) -> Iterator[int]:
    """Give a descriptor that is readable once this process has ended, and see that it does."""
    process = os.pidfd_open(pid)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, signal.SIGKILL)
        os.close(process)


@needs_clamd
def test_it_answers_on_both_its_sockets_and_knows_the_test_file(folder: Path) -> None:
    with PrivateClamd(folder, tcp=True) as clamd:
        assert clamd.tcp_port
        found = f"stream: {EICAR_NAME} FOUND\0".encode()
        assert ask(local(clamd), stream(EICAR)) == found
        remote = socket.create_connection(("127.0.0.1", clamd.tcp_port))
        assert ask(remote, stream(EICAR)) == found
        assert ask(local(clamd), stream(b"harmless")) == b"stream: OK\0"
        assert "Loaded 2 signatures." in clamd.log_path.read_text()


@needs_clamd
def test_nothing_is_left_running(folder: Path) -> None:
    with PrivateClamd(folder) as clamd:
        pid = clamd.pid
        assert pid
    assert clamd.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@needs_clamd
@pytest.mark.parametrize("end", [PrivateClamd.stop, PrivateClamd.kill])
def test_it_can_be_started_again_in_the_same_place(folder: Path, end: object) -> None:
    assert callable(end)
    with PrivateClamd(folder, tcp=True) as clamd:
        port, pid = clamd.tcp_port, clamd.pid
        end(clamd)
        assert clamd.pid is None
        with pytest.raises(OSError, match=r"refused|No such file"):
            local(clamd)
        clamd.start()
        assert clamd.tcp_port == port
        assert clamd.pid != pid
        assert ask(local(clamd), b"zPING\0") == b"PONG\0"


@needs_clamd
def test_starting_it_twice_is_no_harm(folder: Path) -> None:
    with PrivateClamd(folder) as clamd:
        pid = clamd.pid
        clamd.start()
        assert clamd.pid == pid


@needs_clamd
def test_its_owner_can_set_options_and_signatures(folder: Path) -> None:
    name = {"mine.ndb": f"Mine:0:*:{b'my very own virus'.hex()}\n"}
    options = {"StreamMaxLength": "1K", "LogFile": str(folder / "elsewhere")}
    with PrivateClamd(folder, signatures=name, options=options) as clamd:
        assert (folder / "elsewhere").exists()
        assert b"Mine.UNOFFICIAL FOUND" in ask(local(clamd), stream(b"so: my very own virus!"))
        assert b"size limit exceeded" in ask(local(clamd), stream(bytes(1025)))


@needs_clamd
def test_it_does_not_outlive_a_parent_that_is_killed(folder: Path) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed (util-linux)")
    program = """
import sys
from pathlib import Path
from clamgate.harness.private_clamd import PrivateClamd
clamd = PrivateClamd(Path(sys.argv[1]))
clamd.start()
print(clamd.pid, flush=True)
sys.stdin.read()
"""
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with owner:
        assert owner.stdout
        with watched(int(owner.stdout.readline())) as process:
            owner.send_signal(signal.SIGKILL)
            owner.wait(30)
            ended, _, _ = select.select([process], [], [], 30)
        assert ended


@needs_clamd
@pytest.mark.parametrize(
    ("options", "signatures", "reason"),
    [
        ({"MaxFileSize": "plenty"}, {"a.ndb": "A:0:0:deadbeef\n"}, "MaxFileSize"),
        ({"NoSuchOption": "yes"}, {"a.ndb": "A:0:0:deadbeef\n"}, "NoSuchOption"),
        ({}, {"a.ndb": "nonsense\n"}, "Malformed database"),
        ({}, {}, "No supported database files found"),
    ],
)
def test_why_it_did_not_start_is_said(
    folder: Path, options: dict[str, str], signatures: dict[str, str], reason: str
) -> None:
    clamd = PrivateClamd(folder, options=options, signatures=signatures)
    with pytest.raises(ClamdError, match=reason):
        clamd.start()
    assert clamd.pid is None


def test_a_folder_too_deep_for_a_socket_is_refused(folder: Path) -> None:
    with pytest.raises(ClamdError, match=r"take a shorter folder|not installed"):
        PrivateClamd(folder / ("x" * 100)).start()


def test_without_clamd_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    assert not installed()
    with pytest.raises(ClamdError, match="clamav-daemon"):
        PrivateClamd(folder).start()
