"""Asking a running filter."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Any

from clamgate.daemon.control import protocol

_PATIENCE = 15.0
"""Seconds for an answer; the filter itself gives up after 10."""
_ATTEMPTS = 3
_PAUSE = 0.2


class ControlError(Exception):
    """There is no answer, or it says no. The text is for people."""


class _LostError(ControlError):
    """The connection ended before the answer: a clerk may be replaced while it is asked."""


def ask(path: str, command: str, **arguments: Any) -> dict[str, Any]:
    """Send a command, and return what the filter answers.

    It may be sent again if the answer is lost, so a command must bear to be given twice.

    Args:
        path: The control socket.
        command: What is wanted.
        arguments: What else the command needs.

    Raises:
        ControlError: Nobody listens there, the filter refuses, or what it says is not understood.
    """
    request = protocol.encode_request(protocol.Request(command, arguments))
    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(_LostError):
            return _ask_once(path, request)
        time.sleep(_PAUSE)
    return _ask_once(path, request)


def _ask_once(path: str, request: bytes) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(_PATIENCE)
        try:
            sock.connect(path)
        except PermissionError as error:
            raise ControlError(f"{path}: only root and the filter's own user may ask") from error
        except OSError as error:
            raise ControlError(f"no filter listens on {path}: {error.strerror}") from error
        try:
            sock.sendall(request)
            answer = protocol.read_answer(sock)
        except (ConnectionError, protocol.EndedError) as error:
            raise _LostError(f"{path}: {error}") from error
        except (OSError, protocol.ProtocolError) as error:
            raise ControlError(f"{path}: {error}") from error
    if not answer.get("ok"):
        raise ControlError(f"the filter says: {answer.get('error', 'no, without a reason')}")
    return answer
