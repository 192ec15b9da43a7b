"""How many connections MTAs have with this process, counted where it is exact: in the kernel.

A connection that libmilter has taken but that has not said a word yet is known to nobody else.
"""

from __future__ import annotations

import os
import socket


class Connections:
    """Counts those that came over a listening socket.

    It keeps /proc/self/fd open, so it works in a chroot that has no /proc.

    Args:
        listener: The socket that they come over.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._family = listener.family
        self._name: object = listener.getsockname()
        self._port = self._name[1] if isinstance(self._name, tuple) else None
        self._folder = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def count(self) -> int:
        """Return how many there are now."""
        names = os.listdir(self._folder)  # noqa: PTH208  by descriptor, which pathlib cannot
        return sum(1 for name in names if self._is_one(int(name)))

    def _is_one(self, descriptor: int) -> bool:
        try:
            sock = socket.socket(self._family, socket.SOCK_STREAM, 0, descriptor)
        except OSError:  # no socket, or gone since it was listed
            return False
        try:
            listens = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            return not listens and self._is_ours(sock.getsockname())
        except OSError:  # gone by now
            return False
        finally:
            sock.detach()  # it is libmilter's to close

    def _is_ours(self, name: object) -> bool:
        """Whether a socket has the listener's name; of a TCP one, that is its port."""
        if self._family == socket.AF_UNIX:
            return name == self._name
        return isinstance(name, tuple) and bool(name[1] == self._port)
