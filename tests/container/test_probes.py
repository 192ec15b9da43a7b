from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.running_filter import RunningFilter

from clamgate.container.probes import from_inside, negotiate_with_filter, ping_clamd
from clamgate.core.settings import TcpEndpoint, UnixEndpoint
from clamgate.harness.private_clamd import PrivateClamd, installed


@contextmanager
def answering(path: Path, *pieces: bytes) -> Iterator[UnixEndpoint]:
    """Listen on a socket, and answer one connection with these bytes once it has said something."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(100)
                for piece in pieces:
                    connection.sendall(piece)

        thread = threading.Thread(target=serve)
        thread.start()
        yield UnixEndpoint(str(path))
        thread.join()


@pytest.mark.skipif(not installed(), reason="clamd is not installed (clamav-daemon)")
def test_a_real_clamd_and_a_real_filter_answer(tmp_path: Path) -> None:
    with PrivateClamd(tmp_path) as clamd:
        assert ping_clamd(UnixEndpoint(str(clamd.socket_path)), 60).ok
        conf = f"ClamdSocket unix:{clamd.socket_path}\n"
        with RunningFilter(tmp_path, conf) as running:
            answer = negotiate_with_filter(UnixEndpoint(running.endpoint), 60)
    assert answer.ok
    assert answer.text == f"answers at unix:{running.endpoint}"


def test_an_answer_may_come_in_pieces(tmp_path: Path) -> None:
    with answering(tmp_path / "s", b"PO", b"NG\0") as endpoint:
        assert ping_clamd(endpoint, 60).ok


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (b"UNKNOWN COMMAND\0", " gives a strange answer: b'UNKNOWN COMMAND\\x00'"),
        (b"", " closed the connection"),
    ],
)
def test_another_answer_is_not_well(tmp_path: Path, reply: bytes, text: str) -> None:
    with answering(tmp_path / "s", reply) as endpoint:
        answer = ping_clamd(endpoint, 60)
    assert not answer.ok
    assert answer.text == f"{endpoint}{text}"


def test_a_filter_that_refuses_is_not_well(tmp_path: Path) -> None:
    with answering(tmp_path / "s", b"\0\0\0\1t") as endpoint:
        assert not negotiate_with_filter(endpoint, 60).ok


def test_nobody_there_and_nobody_who_answers(tmp_path: Path) -> None:
    nobody = UnixEndpoint(str(tmp_path / "none"))
    assert ping_clamd(nobody, 1).text == f"{nobody}: No such file or directory"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = TcpEndpoint("127.0.0.1", silent.getsockname()[1])
        assert ping_clamd(endpoint, 0.05).text == f"{endpoint} does not answer within 0.05 s"


@pytest.mark.parametrize(
    ("host", "scheme", "reached"),
    [
        ("", "inet", "127.0.0.1"),
        ("0.0.0.0", "inet", "127.0.0.1"),
        ("", "inet6", "::1"),
        ("::", "tcp", "::1"),
        ("192.0.2.1", "inet", "192.0.2.1"),
    ],
)
def test_who_listens_everywhere_is_reached_on_the_loopback(
    host: str, scheme: str, reached: str
) -> None:
    assert from_inside(TcpEndpoint(host, 7357, scheme)) == TcpEndpoint(reached, 7357, scheme)
