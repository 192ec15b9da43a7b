"""Asking a running filter to read its conf again, and waiting for what comes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from clamgate.daemon.control.client import ControlError, ask

_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a reload.

    Attributes:
        state: ``done``, ``refused``, or how far it is yet; ``unknown`` if the filter says nothing.
        lines: What is to be said of it: errors if it was refused, else what waits for a restart.
    """

    state: str
    lines: tuple[str, ...] = ()


def reload_filter(socket: str, timeout: float) -> Outcome:
    """Have a filter reload its conf, and return what came of it within so many seconds.

    Args:
        socket: The path of its control socket.
        timeout: Seconds; a reload goes on after them.

    Raises:
        ControlError: No filter answers there.
    """
    number = ask(socket, "reload")["reload"]["number"]
    found = _await(socket, number, timeout)
    return Outcome(found["state"], tuple(found["lines"])) if found else Outcome("unknown")


def _await(socket: str, number: int, timeout: float) -> dict[str, Any] | None:
    """Wait until a reload is done or refused; return what is known of it then, or in the end.

    A reload may change who answers: then asking again is the remedy.
    """
    end = time.monotonic() + timeout
    found: dict[str, Any] | None = None
    while True:
        try:
            reloads = ask(socket, "status")["reloads"]
        except ControlError:
            if time.monotonic() >= end:
                raise
            reloads = []
        found = next((one for one in reloads if one["number"] == number), found)
        if (found and found["state"] in ("done", "refused")) or time.monotonic() >= end:
            return found
        time.sleep(_LOOK)
