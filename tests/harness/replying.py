"""A filter that answers one command only, and when it likes."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from clamgate.harness.wire import (
    Answer,
    FrameReader,
    Macros,
    Options,
    decode_command,
    encode,
)


@contextmanager
def replying(answers: Iterable[Answer]) -> Iterator[tuple[str, int]]:
    """Run it inside the block, and say where.

    Args:
        answers: What it says to the first command. They are taken one by one, in its own thread,
            so that they may wait for something.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_serve, args=(listener, answers), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(30.0)


def _serve(listener: socket.socket, answers: Iterable[Answer]) -> None:
    with suppress(OSError):
        connection, _ = listener.accept()
        with connection:
            _await_command(connection)
            for answer in answers:
                connection.sendall(encode(answer))
            while connection.recv(4096):
                pass


def _await_command(connection: socket.socket) -> None:
    """Agree on options, and read up to a command."""
    reader = FrameReader()
    while data := connection.recv(4096):
        reader.feed(data)
        for command in map(decode_command, reader.frames()):
            if isinstance(command, Options):
                connection.sendall(encode(Options()))
            elif not isinstance(command, Macros):
                return
