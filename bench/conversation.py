"""Conversations over sockets, many at a time, in one loop.

A conversation is a generator: it yields which socket it waits for, and to do what, and is resumed
when it can. That costs about a microsecond, which matters here: the load's own work is done on the
processors that are measured.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Generator, Iterable
from contextlib import closing

READ = select.EPOLLIN
WRITE = select.EPOLLOUT

Wait = tuple[socket.socket, int]
"""A socket, and READ or WRITE."""

Conversation = Generator[Wait, None, None]

_SILENCE = 60.0
"""Seconds without anything to do after which somebody hangs."""


class SilentError(Exception):
    """Nobody answered for a long time."""


def converse(conversations: Iterable[Conversation]) -> None:
    """Run conversations until all have ended.

    Raises:
        SilentError: None of them could go on for a minute.
    """
    with select.epoll() as poll:
        loop = _Loop(poll)
        for conversation in conversations:
            loop.resume(conversation)
        while loop.waiting:
            ready = poll.poll(_SILENCE)
            if not ready:
                raise SilentError(f"{len(loop.waiting)} conversations wait, and nothing comes")
            for descriptor, _ in ready:
                wait, conversation = loop.waiting[descriptor]
                loop.resume(conversation, descriptor, wait)


class _Loop:
    """Who waits for what, by descriptor; the poll is told of changes only."""

    def __init__(self, poll: select.epoll) -> None:
        self.waiting: dict[int, tuple[Wait, Conversation]] = {}
        self._poll = poll

    def resume(
        self, conversation: Conversation, descriptor: int = -1, before: Wait | None = None
    ) -> None:
        """Let one go on that waited for `before`, and note what it waits for next."""
        wanted = next(conversation, None)
        if before is not None and wanted == before:
            return
        self.waiting.pop(descriptor, None)
        if wanted is None:
            return
        sock, event = wanted
        # A socket that was closed has left the poll by itself; its number may be in use again.
        if before is not None and sock is before[0]:
            self._poll.modify(sock, event)
        else:
            self._poll.register(sock, event)
        self.waiting[sock.fileno()] = wanted, conversation


def send(sock: socket.socket, buffers: list[bytes]) -> Conversation:
    """Send all of it."""
    rest: list[bytes | memoryview] = list(buffers)
    while rest:
        try:
            sent = sock.sendmsg(rest[:_MOST_BUFFERS])
        except BlockingIOError:
            yield sock, WRITE
            continue
        while rest and sent >= len(rest[0]):
            sent -= len(rest.pop(0))
        if sent:
            rest[0] = memoryview(rest[0])[sent:]


_MOST_BUFFERS = 64


def connected(path: str) -> closing[socket.socket]:
    """Connect to a unix socket; it does not block after that."""
    return _connected(socket.socket(socket.AF_UNIX), path)


def connected_to_port(port: int) -> closing[socket.socket]:
    """Connect to a port of this machine; it does not block after that."""
    sock = socket.socket(socket.AF_INET)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return _connected(sock, ("127.0.0.1", port))


def _connected(sock: socket.socket, address: str | tuple[str, int]) -> closing[socket.socket]:
    try:
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return closing(sock)
