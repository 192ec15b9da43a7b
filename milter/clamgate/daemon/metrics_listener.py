"""The socket that metrics are served from."""

from __future__ import annotations

import errno
import socket
import time
from typing import Any

from clamgate.core.settings import TcpEndpoint
from clamgate.daemon import handover
from clamgate.daemon.errors import StartError
from clamgate.daemon.handover import Holder
from clamgate.daemon.listener import Listener, start_listening

_HANDOVER_TIME = 1.0
"""Seconds: a filter that has just been told to stop may not know yet."""
_PAUSE = 0.02


def open_metrics(endpoint: TcpEndpoint) -> Listener:
    """Bind where metrics are served, and listen. A filter that stops gives the port up for us.

    Raises:
        StartError: The address is taken, or not one of this machine.
    """
    try:
        found = socket.getaddrinfo(
            endpoint.host, endpoint.port, 0, socket.SOCK_STREAM, 0, socket.AI_PASSIVE
        )
    except OSError as error:
        raise _refused(endpoint, f"cannot listen: {error.strerror}") from error
    family, _, _, _, address = found[0]
    end = time.monotonic() + _HANDOVER_TIME
    while True:
        try:
            return _open(family, address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _refused(endpoint, f"cannot listen: {error.strerror}") from error
            holder = handover.ask(family, address)
            if holder is Holder.STRANGER or time.monotonic() > end:
                raise _taken(endpoint, holder) from error
        time.sleep(_PAUSE)


def _open(family: socket.AddressFamily, address: Any) -> Listener:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        start_listening(sock, address)
    except OSError:
        sock.close()
        raise
    host, port = sock.getsockname()[:2]
    return Listener(sock, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


def _taken(endpoint: TcpEndpoint, holder: Holder) -> StartError:
    if holder is Holder.FILTER:
        return _refused(endpoint, "another clamgate serves there: stop it first")
    return _refused(endpoint, "another program has this port: stop that, or give another port here")


def _refused(endpoint: TcpEndpoint, why: str) -> StartError:
    where = str(endpoint).removeprefix("tcp:")
    return StartError(f"MetricsListen {where}: {why}")
