"""Asking the services whether they are there: for real, by their own protocols."""

from __future__ import annotations

import re
import socket
import struct
import time
from dataclasses import dataclass

from clamgate.core.settings import Endpoint, TcpEndpoint, UnixEndpoint

# Milter protocol: length, command, then version, actions and steps that the MTA offers. These are
# all that libmilter's version 6 knows (mfdef.h). The answer has the same command, and any length.
_NEGOTIATE = struct.pack("!IcIII", 13, b"O", 6, 0x1FF, 0x1FFFFF)
_AGREED = re.compile(rb"\0\0..O", re.DOTALL)
_QUIT = struct.pack("!Ic", 1, b"Q")

# clamd(8): z commands and their replies end with NUL.
_PING = b"zPING\0"
_PONG = re.compile(rb"PONG\0")

_ANSWER_BYTES = 5  # of both, to tell whether it is the right one

_EVERYWHERE = frozenset({"", "0.0.0.0", "::", "*"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a probe.

    Attributes:
        ok: Whether it answered as it should.
        text: What it did, for people.
    """

    ok: bool
    text: str


def ping_clamd(endpoint: Endpoint, timeout: float) -> Answer:
    """Send PING to a clamd."""
    return _ask(endpoint, _PING, _PONG, b"", timeout)


def negotiate_with_filter(endpoint: Endpoint, timeout: float) -> Answer:
    """Begin a milter session as an MTA does, and leave again."""
    return _ask(endpoint, _NEGOTIATE, _AGREED, _QUIT, timeout)


def from_inside(endpoint: Endpoint) -> Endpoint:
    """Return where a service that listens at `endpoint` is reached from this machine."""
    if isinstance(endpoint, UnixEndpoint) or endpoint.host not in _EVERYWHERE:
        return endpoint
    v6 = endpoint.scheme == "inet6" or endpoint.host == "::"
    return TcpEndpoint("::1" if v6 else "127.0.0.1", endpoint.port, endpoint.scheme)


def _ask(
    endpoint: Endpoint, request: bytes, wanted: re.Pattern[bytes], farewell: bytes, timeout: float
) -> Answer:
    end = time.monotonic() + timeout
    try:
        with _connect(endpoint, timeout) as connection:
            connection.sendall(request)
            reply = b""
            while len(reply) < _ANSWER_BYTES:
                connection.settimeout(max(end - time.monotonic(), 0.001))
                data = connection.recv(4096)
                if not data:
                    return Answer(ok=False, text=f"{endpoint} closed the connection")
                reply += data
            if farewell:
                connection.sendall(farewell)
    except TimeoutError:
        return Answer(ok=False, text=f"{endpoint} does not answer within {timeout:g} s")
    except OSError as error:
        return Answer(ok=False, text=f"{endpoint}: {error.strerror or error}")
    if not wanted.match(reply):
        return Answer(ok=False, text=f"{endpoint} gives a strange answer: {reply[:40]!r}")
    return Answer(ok=True, text=f"answers at {endpoint}")


def _connect(endpoint: Endpoint, timeout: float) -> socket.socket:
    if isinstance(endpoint, TcpEndpoint):
        return socket.create_connection((endpoint.host, endpoint.port), timeout)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    try:
        connection.connect(endpoint.path)
    except OSError:
        connection.close()
        raise
    return connection
