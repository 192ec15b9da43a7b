from __future__ import annotations

import select
import socket
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.waiting import wait_until

from clamgate.core.settings import Endpoint, Listen, TcpEndpoint, UnixEndpoint
from clamgate.daemon.listener import open_listener
from clamgate.daemon.worker.connections import Connections


@pytest.mark.parametrize("kind", ["unix", "inet", "inet6", "any"])
def test_accepted_connections_are_counted_and_nothing_else(kind: str) -> None:
    with TemporaryDirectory(prefix="cg-") as folder, ExitStack() as stack:
        endpoints: dict[str, Endpoint] = {
            "unix": UnixEndpoint(str(Path(folder) / "s")),
            "inet": TcpEndpoint("127.0.0.1", 0, "inet"),
            "inet6": TcpEndpoint("::1", 0, "inet6"),
            "any": TcpEndpoint("", 0, "inet"),
        }
        listener = open_listener(Listen(endpoints[kind]))
        stack.callback(listener.withdraw)
        other = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        poll = select.poll()
        poll.register(listener.socket, select.POLLIN)
        connections = Connections(listener.socket)
        assert connections.count() == 0
        accepted = []
        for number in range(1, 4):
            client = stack.enter_context(socket.socket(listener.socket.family))
            client.connect(listener.path or listener.socket.getsockname())
            stack.enter_context(socket.create_connection(other.getsockname()))
            stack.enter_context(other.accept()[0])
            wait_until(lambda: poll.poll(0), "the client")
            accepted.append(listener.socket.accept()[0])
            assert connections.count() == number
        for sock in accepted:
            sock.close()
        assert connections.count() == 0
