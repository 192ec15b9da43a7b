"""A filter that starts asks the one that stops for its metrics port, over HTTP and at that port.

A TCP port cannot be taken over by a rename, as a unix socket's path can. A filter that stops goes
on serving metrics, of messages that it still has, for as long as nobody else wants the port.
"""

from __future__ import annotations

import re
import socket
import time
from enum import Enum
from http import HTTPStatus
from typing import Any

PATH = "/handover"
"""Of the request, which is a POST."""
NAME = "clamgate"
"""What a filter's answer begins with; it is 200 if that gives the port up."""

_PATIENCE = 10.0
"""Seconds for the answer: a host on which one filter starts while another stops is busy."""
_LONGEST = 4096
_REQUEST = f"POST {PATH} HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: |\r?\n)", re.ASCII)


class Holder(Enum):
    """Who has the port, after it was asked for it."""

    NOBODY = "nobody"
    """It was given up, or nobody listens there any more."""
    FILTER = "filter"
    """Another filter, which serves."""
    STRANGER = "stranger"
    """Something that is no filter, or does not answer."""


def ask(family: socket.AddressFamily, address: Any) -> Holder:
    """Ask whoever listens there to give the port up, which only a filter that stops does."""
    end = time.monotonic() + _PATIENCE
    try:
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.settimeout(_PATIENCE)
            sock.connect(address)
            sock.sendall(_REQUEST.encode())
            answer = _receive(sock, end)
    except ConnectionRefusedError:
        return Holder.NOBODY
    except OSError:
        return Holder.STRANGER
    return _understood(answer)


def _receive(sock: socket.socket, end: float) -> bytes:
    """Return what is answered until `end`, but not more than would be understood."""
    answer = b""
    while len(answer) < _LONGEST and (left := end - time.monotonic()) > 0:
        sock.settimeout(left)
        data = sock.recv(_LONGEST)
        if not data:
            break
        answer += data
    return answer


def _understood(answer: bytes) -> Holder:
    status = _STATUS.match(answer)
    if status is None or not answer.partition(b"\r\n\r\n")[2].startswith(NAME.encode()):
        return Holder.STRANGER
    return Holder.NOBODY if int(status[1]) == HTTPStatus.OK else Holder.FILTER
