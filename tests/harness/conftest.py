"""Filters that only tests of the harness need."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread

import pytest

from clamgate.harness.wire import Accept, Options, Progress, encode

PROGRESS_SECONDS = 0.3


@pytest.fixture
def slow_server() -> Iterator[tuple[str, int]]:
    """A filter that takes 1.5 s to accept, with Progress all the while."""
    stop = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_serve_slowly, args=(listener, stop))
        thread.start()
        yield listener.getsockname()
        stop.set()
        thread.join(10.0)


def _serve_slowly(listener: socket.socket, stop: Event) -> None:
    connection, _ = listener.accept()
    with connection, suppress(ConnectionError):
        connection.recv(4096)
        connection.sendall(encode(Options()))
        connection.recv(4096)
        for _ in range(4):
            stop.wait(PROGRESS_SECONDS)
            connection.sendall(encode(Progress()))
        stop.wait(PROGRESS_SECONDS)
        connection.sendall(encode(Accept()))
        stop.wait(10.0)
