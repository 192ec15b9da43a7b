from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus

import pytest
from tests.waiting import wait_until

from clamgate.daemon.exporter.http import Response
from clamgate.daemon.exporter.server import MOST, PATIENCE, Connection, Server

GET = b"GET /x HTTP/1.1\r\nHost: y\r\n\r\n"
LARGE = b"z" * (8 << 20)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as sock:
        sock.setblocking(False)
        yield sock


@pytest.fixture
def server(listener: socket.socket, clock: Clock) -> Iterator[Server]:
    made = Server(listener, clock)
    yield made
    made.close()


@pytest.fixture
def connect(listener: socket.socket) -> Iterator[Callable[[bytes], socket.socket]]:
    clients: list[socket.socket] = []

    def connected(data: bytes) -> socket.socket:
        client = socket.create_connection(listener.getsockname(), timeout=10)
        clients.append(client)
        client.sendall(data)
        return client

    yield connected
    for client in clients:
        client.close()


Connect = Callable[[bytes], socket.socket]


def serve(server: Server, rounds: int, body: bytes = b"hello") -> list[str]:
    """Answer all requests that come in so many rounds, and return their paths."""
    paths = []
    for _ in range(rounds):
        for connection in server.wait(0.05):
            assert connection.request
            paths.append(connection.request.path)
            server.answer(connection, Response(HTTPStatus.OK, body))
    return paths


def answer(server: Server, body: bytes = b"hello") -> list[str]:
    """Serve until requests have been answered, and return their paths."""
    return wait_until(lambda: serve(server, 1, body), "a request")


def asking(server: Server, count: int) -> list[Connection]:
    """Serve until so many requests have come."""
    found: list[Connection] = []

    def look() -> bool:
        found.extend(server.wait(0.05))
        return len(found) >= count

    wait_until(look, f"{count} requests")
    return found


def take_in(server: Server, said: bytes) -> None:
    """Serve until there is a connection, over which this has been said."""

    def is_there() -> bool:
        assert serve(server, 1) == []
        return [one.received for one in server._connections] == [said]

    wait_until(is_there, "a connection")


def everything(server: Server, client: socket.socket) -> bytes:
    """Serve until a client has been told all, and return that."""
    received: list[bytes] = []
    client.setblocking(False)

    def is_over() -> bool:
        serve(server, 1)
        with contextlib.suppress(BlockingIOError):
            while data := client.recv(1 << 16):
                received.append(data)
            return True
        return False

    wait_until(is_over, "the end")
    return b"".join(received)


def test_a_request_gets_its_response(server: Server, connect: Connect) -> None:
    client = connect(GET)
    assert answer(server) == ["/x"]
    assert everything(server, client).endswith(b"\r\n\r\nhello")


def test_a_request_may_come_in_pieces(server: Server, connect: Connect) -> None:
    client = connect(GET[:7])
    assert serve(server, 2) == []
    client.sendall(GET[7:])
    assert answer(server) == ["/x"]
    assert everything(server, client).endswith(b"hello")


def test_garbage_and_huge_heads_are_answered_at_once(server: Server, connect: Connect) -> None:
    clients = connect(b"\x16\x03\x01 no http\r\n\r\n"), connect(b"x" * 300_000)
    answers = [everything(server, client).split(b"\r\n")[0] for client in clients]
    assert answers == [
        b"HTTP/1.1 400 Bad Request",
        b"HTTP/1.1 431 Request Header Fields Too Large",
    ]


def test_one_who_says_nothing_is_given_up(server: Server, connect: Connect, clock: Clock) -> None:
    client = connect(b"GET /x")
    take_in(server, b"GET /x")
    clock.now += PATIENCE + 1
    assert everything(server, client) == b""


def test_one_who_says_a_byte_at_a_time_has_no_more_time(
    server: Server, connect: Connect, clock: Clock
) -> None:
    client = connect(b"G")
    take_in(server, b"G")
    for byte in GET[1:8]:
        serve(server, 1)
        clock.now += 1
        with contextlib.suppress(ConnectionError):  # it has been given up
            client.sendall(bytes([byte]))
    assert clock.now > 1000.0 + PATIENCE
    serve(server, 1)
    assert not server.busy


def test_slow_ones_cost_nobody_else_a_wait(server: Server, connect: Connect) -> None:
    for _ in range(MOST - 1):
        connect(b"GET /slow")
    client = connect(GET)
    assert answer(server) == ["/x"]
    assert everything(server, client).endswith(b"hello")


def test_when_there_are_too_many_the_oldest_gives_way(server: Server, connect: Connect) -> None:
    oldest = connect(b"GET /slow")
    take_in(server, b"GET /slow")
    for _ in range(MOST - 1):
        connect(b"GET /slow")
    client = connect(GET)
    assert answer(server) == ["/x"]
    assert everything(server, client).endswith(b"hello")
    assert everything(server, oldest) == b""


def test_one_who_does_not_take_its_response_blocks_nobody(
    server: Server, connect: Connect, clock: Clock
) -> None:
    connect(GET)
    assert answer(server, LARGE) == ["/x"]
    client = connect(GET)
    assert answer(server) == ["/x"]
    assert everything(server, client).endswith(b"hello")
    clock.now += PATIENCE + 1
    serve(server, 1)


def test_a_large_response_arrives_whole(server: Server, connect: Connect) -> None:
    client = connect(GET)
    received: list[bytes] = []
    pieces = iter(lambda: client.recv(1 << 16), b"")
    reader = threading.Thread(target=lambda: received.append(b"".join(pieces)))
    reader.start()
    while reader.is_alive():
        serve(server, 1, LARGE)
    assert received[0].endswith(LARGE)


def test_one_who_breaks_off_is_forgotten(server: Server, connect: Connect) -> None:
    connect(GET[:5]).close()
    client = connect(GET)
    reset = connect(GET)
    reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    both = asking(server, 2)
    reset.close()
    for connection in both:
        server.answer(connection, Response(HTTPStatus.OK, b"hello"))
    assert everything(server, client).endswith(b"hello")


def test_who_does_not_close_is_let_go_without_spinning(
    server: Server, connect: Connect, clock: Clock
) -> None:
    client = connect(GET)
    assert answer(server) == ["/x"]
    assert server.wait(0.05) == []
    clock.now += PATIENCE + 1
    serve(server, 1)
    assert everything(server, client).endswith(b"hello")


def test_another_descriptor_ends_a_wait(server: Server) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        server.watch(ours.fileno())
        theirs.send(b"x")
        assert server.wait(60.0) == []


def test_at_the_end_those_who_are_connected_are_served(server: Server, connect: Connect) -> None:
    client = connect(b"")
    take_in(server, b"")
    server.shut()
    client.sendall(GET)
    assert answer(server) == ["/x"]
    assert everything(server, client).endswith(b"hello")
    client.close()
    wait_until(lambda: not serve(server, 1) and not server.busy, "its end")


def test_a_port_that_is_given_up_is_free_whoever_else_has_the_socket(
    server: Server, listener: socket.socket, connect: Connect
) -> None:
    address = listener.getsockname()
    with socket.socket(fileno=os.dup(listener.fileno())):  # as the master has it
        client = connect(GET)
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        wait_until(lambda: poll.poll(0), "one that waits to be accepted")
        server.give_up()
        server.give_up()
        with socket.create_server(address):
            assert answer(server) == ["/x"]
            assert everything(server, client).endswith(b"hello")


def test_who_is_left_with_a_port_that_was_given_up_does_not_spin(
    server: Server, listener: socket.socket, clock: Clock
) -> None:
    server.give_up()
    successor = Server(listener, clock)
    for one in (server, successor):
        one.wait(0.0)
        began = time.monotonic()
        assert one.wait(0.05) == []
        assert time.monotonic() - began >= 0.05
        one.shut()
    successor.close()


@pytest.mark.parametrize(("source", "is_local"), [("127.0.0.1", True), ("127.0.0.2", False)])
def test_who_is_on_this_machine(
    server: Server, listener: socket.socket, source: str, *, is_local: bool
) -> None:
    with socket.create_connection(listener.getsockname(), source_address=(source, 0)) as client:
        client.sendall(GET)
        (connection,) = asking(server, 1)
        assert connection.is_local is is_local
