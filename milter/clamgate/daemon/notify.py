"""Telling systemd how we are: sd_notify(3), whose protocol is datagrams of ``NAME=value`` lines."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import MutableMapping


class Notifier:
    """Sends datagrams to NOTIFY_SOCKET, and does nothing where there is none.

    Args:
        environment: Where NOTIFY_SOCKET and WATCHDOG_USEC are, and are taken from, so that no
            child finds them.
    """

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        path = environment.pop("NOTIFY_SOCKET", "")
        # An address that begins with @ is in the abstract namespace.
        self._address = "\0" + path[1:] if path.startswith("@") else path
        meant_for = environment.pop("WATCHDOG_PID", str(os.getpid()))
        microseconds = environment.pop("WATCHDOG_USEC", "")
        self._stopping = False
        self.interval: float | None = None
        """Seconds between two signs of life, None if nobody waits for them."""
        if self._address and microseconds.isdecimal() and meant_for == str(os.getpid()):
            self.interval = int(microseconds) / 2_000_000

    def ready(self, status: str) -> None:
        """We serve (after a start, and after a reload)."""
        if not self._stopping:
            self._send(f"READY=1\nSTATUS={status}")

    def reloading(self) -> None:
        """We read the conf anew."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={microseconds}\nSTATUS=Reading the conf anew")

    def stopping(self, within: float) -> None:
        """We stop, and that may take so many seconds, whatever TimeoutStopSec= is."""
        self._stopping = True
        extend = f"EXTEND_TIMEOUT_USEC={int(within * 1_000_000)}"
        self._send(f"STOPPING=1\n{extend}\nSTATUS=Finishing the messages in flight")

    def failed(self, reason: str) -> None:
        """We end, for this reason; `systemctl status` shows it."""
        self._send(f"STATUS={' '.join(reason.split())}")

    def alive(self) -> None:
        """We are alive (WATCHDOG)."""
        self._send("WATCHDOG=1")

    def _send(self, state: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            try:
                out.setblocking(False)
                out.sendto(state.encode(), self._address)
            except OSError:  # whoever started us is gone, or does not listen: nothing to be done
                return
