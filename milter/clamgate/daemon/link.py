"""A two-way connection between two of our processes: whole messages, and an end if one dies."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Mapping
from typing import Any

# Bytes of one message; the kernel's default socket buffer takes more.
_LARGEST = 128 * 1024


class LinkClosedError(Exception):
    """The other process is gone, or has closed its end."""


class Link:
    """One end of it. Messages are JSON objects; neither end ever waits for the other."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end

    @classmethod
    def pair(cls) -> tuple[Link, Link]:
        """Return both ends."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return cls(ours), cls(theirs)

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._socket.fileno()

    def send(self, message: Mapping[str, Any]) -> bool:
        """Send a message, and say whether there was somebody to take it, and room for it."""
        try:
            self._socket.send(json.dumps(message).encode())
        except OSError:
            return False
        return True

    def receive(self) -> dict[str, Any] | None:
        """Return the next message, None if there is none now.

        Raises:
            LinkClosedError: There will be none any more.
        """
        try:
            data = self._socket.recv(_LARGEST)
        except BlockingIOError:
            return None
        except OSError as error:
            raise LinkClosedError from error
        if not data:
            raise LinkClosedError
        message: dict[str, Any] = json.loads(data)
        return message

    def wait(self, seconds: float) -> dict[str, Any] | None:
        """Wait for a message; None if none comes in time.

        Raises:
            LinkClosedError: None will come any more.
        """
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return self.receive() if poll.poll(seconds * 1000) else None

    def close(self) -> None:
        """Close this end."""
        self._socket.close()
