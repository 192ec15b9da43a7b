"""Who finds what: clamd handed the whole message, Python's own email package, and our parts."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from pathlib import Path

from clamgate.message.mime.extractor import Extractor

_TIMEOUT = 60.0


class Judge:
    """Asks a clamd.

    Args:
        clamd: Its socket.
    """

    def __init__(self, clamd: Path) -> None:
        self._clamd = clamd

    def finds(self, data: bytes) -> bool:
        """Whether it finds something in these bytes."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_TIMEOUT)
            connection.connect(str(self._clamd))
            size = len(data).to_bytes(4, "big")
            connection.sendall(b"zINSTREAM\0" + size + data + b"\0\0\0\0")
            reply = b"".join(iter(lambda: connection.recv(4096), b""))
        assert reply.endswith((b" OK\0", b" FOUND\0")), reply
        return reply.endswith(b" FOUND\0")

    def finds_in_parts(self, message: bytes) -> bool:
        """Whether it finds something in any part under any reading."""
        return any(self.finds(part.data) for part in Extractor(message).parts())

    def finds_by_email(self, message: bytes) -> bool:
        """Whether it finds something in what Python's email package takes for the parts."""
        return any(map(self.finds, _parts_of_email(message)))


def _parts_of_email(message: bytes) -> Iterator[bytes]:
    for part in email.message_from_bytes(message, policy=email.policy.compat32).walk():
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            yield data
