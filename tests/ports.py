"""Ports for programs that have to be told a number before they listen."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

_FIRST = 16_384
_FEWEST = 1000


def free_ports(count: int) -> tuple[int, ...]:
    """Return ports of 127.0.0.1 that nobody listens on now.

    If it can be, none is of those that the kernel gives away: between now and its use, a client of
    another test would take it for its end of a connection.
    """
    candidates = range(_FIRST, max(_first_ephemeral(), _FIRST + _FEWEST))
    found: list[int] = []
    with ExitStack() as probes:
        for port in random.sample(candidates, k=len(candidates)):
            if len(found) == count:
                break
            with suppress(OSError):
                probes.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(port)
    return tuple(found)


def free_port() -> int:
    """Return one of them."""
    (port,) = free_ports(1)
    return port


def _first_ephemeral() -> int:
    """Return the first port that the kernel chooses by itself (ip(7))."""
    return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
