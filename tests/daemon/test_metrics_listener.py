from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from clamgate.core.settings import TcpEndpoint
from clamgate.daemon import metrics_listener
from clamgate.daemon.errors import StartError
from clamgate.daemon.metrics_listener import open_metrics

GIVEN = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nclamgate\n"
SERVES = b"HTTP/1.1 409 Conflict\r\nContent-Length: 9\r\n\r\nclamgate\n"


@contextmanager
def holder(*answers: bytes) -> Iterator[tuple[TcpEndpoint, list[bytes]]]:
    """Somebody on a port who gives these answers, and then leaves; and what was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            for one in answers:
                client, _ = listener.accept()
                with client:
                    asked.append(client.recv(4096))
                    with suppress(ConnectionError):  # it need not take all of a long one
                        client.sendall(one)
            listener.shutdown(socket.SHUT_RDWR)

        thread = threading.Thread(target=answer)
        thread.start()
        yield TcpEndpoint("127.0.0.1", listener.getsockname()[1]), asked
        thread.join()


@pytest.mark.parametrize(("host", "name"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_a_free_port(host: str, name: str) -> None:
    listener = open_metrics(TcpEndpoint(host, 0))
    with listener.socket:
        port = listener.socket.getsockname()[1]
        assert listener.name == f"{name}:{port}"
        assert not listener.socket.getblocking()
        socket.create_connection((host, port), timeout=5).close()


@pytest.mark.parametrize("answers", [(GIVEN,), (SERVES, GIVEN), (SERVES, SERVES)])
def test_a_port_that_a_filter_gives_up_or_leaves(answers: tuple[bytes, ...]) -> None:
    with holder(*answers) as (endpoint, asked):
        listener = open_metrics(endpoint)
        with listener.socket:
            assert listener.name == f"127.0.0.1:{endpoint.port}"
    assert {one.partition(b"\r\n")[0] for one in asked} == {b"POST /handover HTTP/1.1"}


def test_a_port_that_a_filter_serves_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_listener, "_HANDOVER_TIME", 0.0)
    with (
        holder(SERVES) as (endpoint, _),
        pytest.raises(StartError) as seen,
    ):
        open_metrics(endpoint)
    assert str(seen.value) == (
        f"MetricsListen 127.0.0.1:{endpoint.port}: another clamgate serves there: stop it first"
    )


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nhello\n",
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"HTTP/1.1 409 Conflict\r\n\r\n",
        b"HTTP/1.1 xxx\r\n\r\nclamgate",
        b"\0" * 100_000,
    ],
)
def test_a_port_that_another_program_has(answer: bytes) -> None:
    with (
        holder(answer) as (endpoint, asked),
        pytest.raises(StartError, match="another program has this port: stop that, or give"),
    ):
        open_metrics(endpoint)
    assert len(asked) == 1


def test_one_that_is_bound_and_never_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(StartError, match="another program has this port"):
            open_metrics(TcpEndpoint("127.0.0.1", bound.getsockname()[1]))


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.name.invalid"])
def test_an_address_of_another_machine(host: str) -> None:
    with pytest.raises(StartError, match=rf"MetricsListen {host}:9: cannot listen: "):
        open_metrics(TcpEndpoint(host, 9))
