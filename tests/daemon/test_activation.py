from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clamgate.core.settings import Endpoint, TcpEndpoint, UnixEndpoint
from clamgate.daemon.activation import passed_listener
from clamgate.daemon.errors import StartError
from clamgate.daemon.listener import Listener

OURS = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="cg-") as name:
        yield Path(name)


def take(endpoint: Endpoint, sock: socket.socket, **changes: str) -> Listener | None:
    return passed_listener(endpoint, OURS | changes, os.dup(sock.fileno()))


def tcp() -> tuple[socket.socket, TcpEndpoint]:
    sock = socket.create_server(("127.0.0.1", 0))
    return sock, TcpEndpoint("127.0.0.1", sock.getsockname()[1], "inet")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"LISTEN_PID": "1", "LISTEN_FDS": "1"},
        {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "0"},
        {"LISTEN_PID": str(os.getpid())},
    ],
)
def test_nothing_was_passed_to_us(environment: dict[str, str]) -> None:
    assert passed_listener(UnixEndpoint("/x"), dict(environment)) is None


def test_the_environment_is_emptied() -> None:
    environment = {"LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "x", "PATH": "/"}
    passed_listener(UnixEndpoint("/x"), environment)
    assert environment == {"PATH": "/"}


def test_a_tcp_socket_is_taken_and_goes_on_listening_after_us() -> None:
    sock, endpoint = tcp()
    with sock:
        listener = take(endpoint, sock)
        assert listener is not None
        assert listener.name == f"inet:{endpoint.port}@127.0.0.1"
        assert not listener.socket.getblocking()
        listener.shut()
        listener.withdraw()
        with socket.create_connection(("127.0.0.1", endpoint.port), timeout=10):
            sock.accept()[0].close()


def test_a_unix_socket_is_taken_and_its_path_stays(folder: Path) -> None:
    path = folder / "s"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
        sock.listen()
        listener = take(UnixEndpoint(str(path)), sock)
        assert listener is not None
        assert listener.name == f"unix:{path}"
        listener.shut()
        listener.withdraw()
        assert path.exists()


def test_another_one_than_the_conf_names_is_refused(folder: Path) -> None:
    sock, endpoint = tcp()
    with sock:
        for other in (UnixEndpoint(f"{folder}/s"), TcpEndpoint("127.0.0.1", 1, "inet")):
            with pytest.raises(StartError, match=rf"inet:{endpoint.port}@127.0.0.1, but Milter"):
                take(other, sock)


def test_what_does_not_listen_is_refused() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        endpoint = TcpEndpoint("127.0.0.1", sock.getsockname()[1], "inet")
        with pytest.raises(StartError, match="systemd passes"):
            take(endpoint, sock)


def test_no_socket_at_all_is_refused() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    with pytest.raises(StartError, match="is no socket"):
        passed_listener(UnixEndpoint("/x"), dict(OURS), null)
    os.close(null)


def test_several_are_refused() -> None:
    with pytest.raises(StartError, match="one ListenStream= is all"):
        passed_listener(UnixEndpoint("/x"), OURS | {"LISTEN_FDS": "2"})
