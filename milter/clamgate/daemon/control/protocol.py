"""What is said over the control socket: a request and its answer, each one line of JSON.

    {"version": 1, "command": "status"}
    {"version": 1, "ok": true, ...}

A newer version may add fields and commands; one that changes their meaning changes the number.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VERSION = 1
LONGEST_REQUEST = 4096
"""Bytes."""
LONGEST_ANSWER = 16 << 20
"""Bytes."""


class ProtocolError(Exception):
    """What came over the socket is not this protocol. The text says what is wrong."""


class EndedError(ProtocolError):
    """The connection ended before the message did."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command, and what else it needs."""

    command: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


def encode(message: Mapping[str, Any]) -> bytes:
    """Return a message as it is sent, with our version in it."""
    return json.dumps({"version": VERSION, **message}).encode() + b"\n"


def encode_request(request: Request) -> bytes:
    """Return a request as it is sent."""
    return encode({**request.arguments, "command": request.command})


def error(text: str) -> dict[str, Any]:
    """Return the answer that says why there is no better one."""
    return {"ok": False, "error": text}


def read_request(sock: socket.socket) -> Request:
    """Read one request.

    Raises:
        ProtocolError: It is none.
        OSError: It did not come, or not in time.
    """
    message = _read(sock, LONGEST_REQUEST)
    command = message.pop("command", None)
    if not isinstance(command, str):
        raise ProtocolError(
            'a request names a command, such as {"version": 1, "command": "status"}'
        )
    return Request(command, message)


def read_answer(sock: socket.socket) -> dict[str, Any]:
    """Read one answer.

    Raises:
        ProtocolError: It is none, or the connection ended before it.
        OSError: It did not come, or not in time.
    """
    return _read(sock, LONGEST_ANSWER)


def _read(sock: socket.socket, most: int) -> dict[str, Any]:
    data = b""
    while b"\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            raise EndedError("the connection ended in mid-line")
        data += piece
        if len(data) > most:
            raise ProtocolError(f"a line of more than {most} bytes")
    try:
        message = json.loads(data.partition(b"\n")[0])
    except ValueError as problem:
        raise ProtocolError(f"no JSON: {problem}") from None
    if not isinstance(message, dict):
        raise ProtocolError("a message is an object: {...}")
    version = message.pop("version", None)
    if version != VERSION:
        raise ProtocolError(f"version {version!r} is spoken there, and here {VERSION}")
    return message
