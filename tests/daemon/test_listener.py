from __future__ import annotations

import fcntl
import os
import select
import socket
import stat
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest

from clamgate.core.settings import Listen, TcpEndpoint, UnixEndpoint
from clamgate.daemon.errors import StartError
from clamgate.daemon.listener import Listener, open_listener
from clamgate.daemon.privileges import Account

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name: a unix socket's path has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="cg-") as name:
        yield Path(name)


def unix(path: Path, *, fix_stale: bool = True, **others: object) -> Listen:
    return Listen(UnixEndpoint(str(path)), fix_stale=fix_stale, **others)  # type: ignore[arg-type]


def accepts(listener: Listener) -> bool:
    with socket.socket(listener.socket.family) as client:
        client.settimeout(5)
        client.connect(listener.path or listener.socket.getsockname())
        return True


def leave_stale_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))


@pytest.mark.parametrize(
    ("scheme", "host"), [("inet", "127.0.0.1"), ("inet6", "::1"), ("inet", "")]
)
def test_tcp(scheme: str, host: str) -> None:
    listener = open_listener(Listen(TcpEndpoint(host, 0, scheme)))
    try:
        port = listener.socket.getsockname()[1]
        assert accepts(listener)
        assert listener.name == f"{scheme}:{port}" + (f"@{host}" if host else "")
        assert not listener.socket.getblocking()
    finally:
        listener.withdraw()


def test_a_taken_port_is_said_plainly() -> None:
    first = open_listener(Listen(TcpEndpoint("127.0.0.1", 0, "inet")))
    try:
        port = first.socket.getsockname()[1]
        with pytest.raises(StartError, match=rf"inet:{port}@127.0.0.1: .*in use"):
            open_listener(Listen(TcpEndpoint("127.0.0.1", port, "inet")))
    finally:
        first.withdraw()


def test_unix_socket_comes_and_goes(folder: Path) -> None:
    path = folder / "s"
    listener = open_listener(unix(path))
    assert accepts(listener)
    assert [entry.name for entry in folder.iterdir()] == ["s"]
    listener.withdraw()
    assert not path.exists()


@pytest.mark.parametrize(
    ("mode", "expected"), [(0o660, 0o660), (0o777, 0o666), (0o600, 0o600), (None, 0o644)]
)
def test_mode_is_masked_to_reading_and_writing(
    folder: Path, mode: int | None, expected: int
) -> None:
    before = os.umask(0o022)
    try:
        listener = open_listener(unix(folder / "s", mode=mode))
        assert stat.S_IMODE((folder / "s").stat().st_mode) == expected
        assert os.umask(0o022) == 0o022
        listener.withdraw()
    finally:
        os.umask(before)


@needs_root
def test_owner_and_group(folder: Path) -> None:
    listener = open_listener(unix(folder / "s"), Account("x", 12345, 23456), 2)
    status = (folder / "s").stat()
    assert (status.st_uid, status.st_gid) == (12345, 2)
    listener.withdraw()
    listener = open_listener(unix(folder / "s"), Account("x", 12345, 23456))
    status = (folder / "s").stat()
    assert (status.st_uid, status.st_gid) == (12345, 23456)
    listener.withdraw()


def test_a_stale_socket_is_replaced(folder: Path) -> None:
    leave_stale_socket(folder / "s")
    listener = open_listener(unix(folder / "s"))
    assert accepts(listener)
    listener.withdraw()


def test_a_stale_socket_stays_without_fix_stale_socket(folder: Path) -> None:
    leave_stale_socket(folder / "s")
    with pytest.raises(StartError, match="FixStaleSocket yes"):
        open_listener(unix(folder / "s", fix_stale=False))
    assert (folder / "s").exists()


def test_a_socket_that_answers_is_never_taken(folder: Path) -> None:
    first = open_listener(unix(folder / "s"))
    with pytest.raises(StartError, match="another process listens there"):
        open_listener(unix(folder / "s"))
    assert accepts(first)
    first.withdraw()


def test_of_two_that_start_at_once_the_second_sees_the_first(folder: Path) -> None:
    """Between looking whether somebody listens and being there, nobody else may come."""
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with ThreadPoolExecutor() as pool, socket.socket(socket.AF_UNIX) as first:
        second = pool.submit(open_listener, unix(folder / "s"))
        with pytest.raises(TimeoutError):
            second.result(0.5)
        first.bind(str(folder / "s"))
        first.listen()
        os.close(lock)
        with pytest.raises(StartError, match="another process listens there"):
            second.result(30)


def test_a_folder_that_somebody_keeps_locked_does_not_keep_us(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with mock.patch("clamgate.daemon.listener._LOCK_TIME", 0.1):
        listener = open_listener(unix(folder / "s"))
    assert accepts(listener)
    listener.withdraw()
    os.close(lock)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_socket_is_never_removed(folder: Path, kind: str) -> None:
    path = folder / "s"
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(folder / "elsewhere")
    with pytest.raises(StartError, match="no socket is there"):
        open_listener(unix(path))
    assert path.is_symlink() or path.exists()


def path_of(folder: Path, length: int, name: str) -> Path:
    return folder / ("d" * (length - len(f"{folder}//{name}"))) / name


@pytest.mark.parametrize(("name", "longest"), [("clamav-milter.sock", 107), ("milter", 96)])
def test_a_path_that_is_too_long_is_said(folder: Path, name: str, longest: int) -> None:
    """It needs room for the name that it is bound under."""
    path = path_of(folder, longest, name)
    path.parent.mkdir()
    listener = open_listener(unix(path))
    assert accepts(listener)
    listener.withdraw()
    with pytest.raises(StartError, match=f"longer than {longest} bytes: use a shorter path"):
        open_listener(unix(path_of(folder, longest + 1, name)))


def test_a_missing_folder_is_said(folder: Path) -> None:
    with pytest.raises(StartError, match=r"none exist"):
        open_listener(unix(folder / "none" / "s"))


def test_a_unix_socket_that_is_shut_refuses_though_another_descriptor_is_open(folder: Path) -> None:
    listener = open_listener(unix(folder / "s"))
    with (
        socket.socket(fileno=os.dup(listener.socket.fileno())),
        socket.socket(socket.AF_UNIX) as client,
    ):
        listener.shut()
        with pytest.raises(ConnectionRefusedError):
            client.connect(listener.path)
    listener.withdraw()


def test_a_tcp_socket_that_is_shut_refuses_when_all_others_have_left_it() -> None:
    """Whoever still waits on it must not notice: libmilter would take it for its own end."""
    listener = open_listener(Listen(TcpEndpoint("127.0.0.1", 0, "inet")))
    address = listener.socket.getsockname()
    with socket.socket(fileno=os.dup(listener.socket.fileno())) as other:
        listener.shut()
        poll = select.poll()
        poll.register(other, select.POLLIN)
        assert poll.poll(0) == []
        with socket.create_connection(address):
            assert poll.poll(10_000) == [(other.fileno(), select.POLLIN)]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    listener.withdraw()


def test_withdraw_leaves_a_successors_socket_alone(folder: Path) -> None:
    first = open_listener(unix(folder / "s"))
    first.socket.close()
    second = open_listener(unix(folder / "s"))
    first.withdraw()
    assert accepts(second)
    second.withdraw()
