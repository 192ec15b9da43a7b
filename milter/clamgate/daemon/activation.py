"""A listening socket that systemd hands over: sd_listen_fds(3)."""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping

from clamgate.core.settings import Endpoint, TcpEndpoint, UnixEndpoint
from clamgate.daemon.errors import StartError
from clamgate.daemon.listener import Listener, family_of

FIRST = 3
"""The number of the first descriptor that is passed."""


def passed_listener(
    endpoint: Endpoint, environment: MutableMapping[str, str] = os.environ, first: int = FIRST
) -> Listener | None:
    """Return the socket that was passed to this process, None if none was.

    It stays systemd's: at our end it goes on listening, and nothing of it is removed.

    Args:
        endpoint: MilterSocket, which must be the same.
        environment: Where LISTEN_PID and LISTEN_FDS are, and are taken from.
        first: The number of the first descriptor.

    Raises:
        StartError: It is not one socket, or not the one that the conf names.
    """
    meant_for = environment.pop("LISTEN_PID", "")
    count = environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if meant_for != str(os.getpid()) or not count.isdecimal() or count == "0":
        return None
    if count != "1":
        raise StartError(f"systemd passes {count} sockets: one ListenStream= is all there may be")
    try:
        sock = socket.socket(fileno=first)
    except OSError as error:
        raise StartError(f"what systemd passes is no socket: {error.strerror}") from error
    name = _name(sock)
    listens = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if not listens or not _is_same(sock, endpoint):
        sock.close()
        raise StartError(
            f"systemd passes {name}, but MilterSocket is {endpoint}: "
            "let ListenStream= and MilterSocket name the same"
        )
    os.set_inheritable(first, False)
    sock.setblocking(False)
    if sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Listener(sock, name, lent=True)


def _is_same(sock: socket.socket, endpoint: Endpoint) -> bool:
    name = sock.getsockname()
    match endpoint:
        case UnixEndpoint(path):
            return sock.family == socket.AF_UNIX and name == path
        case TcpEndpoint(_, port):
            return sock.family in (socket.AF_INET, family_of(endpoint), socket.AF_INET6) and (
                name[1] == port
            )


def _name(sock: socket.socket) -> str:
    name = sock.getsockname()
    if sock.family == socket.AF_UNIX:
        return f"unix:{name}"
    scheme = "inet6" if sock.family == socket.AF_INET6 else "inet"
    return f"{scheme}:{name[1]}@{name[0]}"
