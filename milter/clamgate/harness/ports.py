"""Ports for programs that have to be told a number before they listen."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_FIRST = 16_384
_FEWEST = 1000


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, and that no one else gets from here.

    It is one for as long as this process lives: between now and its use, or while a program that
    listens on it is started again, it would else be given to whoever asks next. And if it can be,
    it is none of those that the kernel gives away: a client would take it for its own end of a
    connection.

    Raises:
        OSError: There is none.
    """
    candidates = range(_FIRST, max(_first_ephemeral(), _FIRST + _FEWEST))
    for port in random.sample(candidates, k=len(candidates)):
        if _is_free(port) and _claimed(port):
            return port
    raise OSError(f"all ports from {candidates[0]} to {candidates[-1]} are taken")


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _claimed(port: int) -> bool:
    """Make a port ours: by a name that the kernel gives to one socket at a time (unix(7))."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0clamgate.port.{port}")
    except OSError:
        claim.close()
        return False
    claim.detach()  # it is closed when this process ends, and not before
    return True


def _first_ephemeral() -> int:
    """Return the first port that the kernel chooses by itself (ip(7))."""
    return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
