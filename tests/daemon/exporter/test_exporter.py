"""The exporter's loop, with a desk that is the test's."""

from __future__ import annotations

import socket
import time
from http import HTTPStatus
from typing import cast

import pytest

from clamgate.daemon.exporter import exporter
from clamgate.daemon.exporter.desk import Desk
from clamgate.daemon.exporter.exporter import serve
from clamgate.daemon.exporter.http import Response
from clamgate.daemon.exporter.server import Connection, Server


class ClosingDesk:
    """Is told to finish as soon as there is a connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.may_answer = False

    def ask(self) -> None: ...

    def hear(self) -> bool:
        return not self._server.busy

    def answer(self, _connection: Connection) -> Response:
        return Response(HTTPStatus.OK, b"hello")


def test_who_has_asked_is_answered_though_there_is_no_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exporter, "_LAST_ANSWERS", 0.0)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    with socket.create_connection(listener.getsockname(), timeout=30) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        server = Server(listener, time.monotonic)
        serve(server, cast("Desk", ClosingDesk(server)))
        assert client.recv(4096).endswith(b"hello")
