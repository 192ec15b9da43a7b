"""Connections of HTTP clients, all in one thread: slow ones and bad ones cost nobody else a wait.

Each has a few seconds for its request, and a few to take the response. When there are too many,
the oldest gives way: it has had the most time.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from clamgate.daemon.exporter.http import Request, Response, parse

PATIENCE = 5.0
"""Seconds for a request, and again for its response."""
MOST = 64
"""Connections at a time."""
_AT_ONCE = 16
"""Connections that are accepted before the others are looked after again."""
_PIECE = 64 * 1024


@dataclass(eq=False, slots=True)
class Connection:
    """One client.

    Attributes:
        sock: Its socket.
        until: When it is given up.
        received: What it has sent.
        request: What it asks for, once that is known.
        unsent: What it has yet to take.
        told: Whether it has been sent all, and has but to close.
    """

    sock: socket.socket
    until: float
    received: bytes = b""
    request: Request | None = None
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    told: bool = False

    @property
    def is_local(self) -> bool:
        """Whether the client is on this machine: then both ends have the same address."""
        try:
            return bool(self.sock.getpeername()[0] == self.sock.getsockname()[0])
        except OSError:  # it has left
            return False


class Server:
    """Takes requests from a listening socket.

    Args:
        listener: It must not block.
        clock: Seconds that only go forward.
    """

    def __init__(self, listener: socket.socket, clock: Callable[[], float]) -> None:
        self._listener = listener
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._connections: dict[Connection, None] = {}

    def watch(self, source: int) -> None:
        """Have `wait` return when there is something to read there."""
        self._selector.register(source, selectors.EVENT_READ)

    def wait(self, seconds: float) -> list[Connection]:
        """Serve for at most so long; return those whose request has come, for `answer`."""
        asking: list[Connection] = []
        for key, _ in self._selector.select(max(0.0, self._pause(seconds))):
            connection = key.data
            if key.fileobj is self._listener:
                self._accept()
            elif isinstance(connection, Connection) and connection in self._connections:
                with self._guarded(connection):
                    if self._see_to(connection):
                        asking.append(connection)
        self._give_up_late_ones()
        return [connection for connection in asking if connection in self._connections]

    def answer(self, connection: Connection, response: Response) -> None:
        """Send a response, unless the client has left by now."""
        if connection not in self._connections:
            return
        head = connection.request is not None and connection.request.head
        connection.unsent = memoryview(response.encode(head=head))
        connection.until = self._clock() + PATIENCE
        with self._guarded(connection):
            self._selector.register(connection.sock, selectors.EVENT_WRITE, connection)
            self._send(connection)

    def give_up(self) -> None:
        """Listen no more, in all processes that have the socket: the port is for another one."""
        self._accept()  # those who wait already
        with contextlib.suppress(OSError):  # done already
            self._listener.shutdown(socket.SHUT_RDWR)

    def shut(self) -> None:
        """Take no more connections: another process does, on the same socket."""
        self._forget_listener()
        self._listener.close()

    @property
    def busy(self) -> bool:
        """Whether there are connections."""
        return bool(self._connections)

    def close(self) -> None:
        """End it all. Only after `shut`."""
        for connection in list(self._connections):
            self._drop(connection)
        self._selector.close()

    def _pause(self, seconds: float) -> float:
        first = next(iter(self._connections), None)
        return seconds if first is None else min(seconds, PATIENCE / 5)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                sock, _ = self._listener.accept()
            except OSError as error:  # none left, or it went away, or we are out of descriptors
                if error.errno == errno.EINVAL:  # the port was given up
                    self._forget_listener()
                return
            sock.setblocking(False)
            if len(self._connections) >= MOST:
                self._drop(next(iter(self._connections)))
            connection = Connection(sock, self._clock() + PATIENCE)
            self._connections[connection] = None
            self._selector.register(sock, selectors.EVENT_READ, connection)

    def _forget_listener(self) -> None:
        with contextlib.suppress(KeyError):  # it was forgotten before
            self._selector.unregister(self._listener)

    def _see_to(self, connection: Connection) -> bool:
        """Do what can be done now, and say whether there is a request by that."""
        if connection.unsent:
            self._send(connection)
            return False
        data = connection.sock.recv(_PIECE)
        if not data:
            self._drop(connection)
        return bool(data) and not connection.told and self._take(connection, data)

    def _take(self, connection: Connection, data: bytes) -> bool:
        """Take what came, and say whether that makes a request."""
        connection.received += data
        parsed = parse(connection.received)
        if parsed is None:
            return False
        self._selector.unregister(connection.sock)
        if isinstance(parsed, Response):
            self.answer(connection, parsed)
            return False
        connection.request = parsed
        return True

    def _send(self, connection: Connection) -> None:
        sent = connection.sock.send(connection.unsent)
        connection.unsent = connection.unsent[sent:]
        if not connection.unsent:
            # To close a socket with something unread in it would reset what was just sent.
            connection.sock.shutdown(socket.SHUT_WR)
            connection.told = True
            self._selector.modify(connection.sock, selectors.EVENT_READ, connection)

    @contextlib.contextmanager
    def _guarded(self, connection: Connection) -> Iterator[None]:
        """Drop a client that breaks off."""
        try:
            yield
        except BlockingIOError:
            pass
        except OSError:
            self._drop(connection)

    def _give_up_late_ones(self) -> None:
        now = self._clock()
        for connection in [one for one in self._connections if one.until < now]:
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        self._connections.pop(connection, None)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(connection.sock)
        connection.sock.close()
