"""What the mail edge asks of a scanner, so that neither needs to know the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from clamgate.core.verdict import ScanReport


class ScanError(Exception):
    """A scan that could not be brought to a verdict. The text is for the log: no line breaks.

    Attributes:
        attempts: How many times the message was handed to a clamd before giving up.
    """

    def __init__(self, reason: str, attempts: int = 0) -> None:
        super().__init__(reason)
        self.attempts = attempts


class ScanSource(Protocol):
    """A sealed message: its bytes will not change any more."""

    @property
    def size(self) -> int:
        """Bytes of the whole message, whether kept or not."""

    @property
    def length(self) -> int:
        """Bytes kept, and so scannable; less than `size` if it is over MaxFileSize."""

    def descriptor(self) -> int:
        """Return a file descriptor, open for reading and writing, that holds the bytes kept.

        It stays owned by the source and valid until the source is closed.

        Raises:
            OSError: The bytes cannot be given a descriptor (out of memory, disk or descriptors).
        """

    def in_memory(self) -> bytes | None:
        """Return the bytes kept, if they are in memory; None if they are in a file."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes kept, in order, in pieces of at most 64 KiB or so."""


class Scanner(Protocol):
    """Gives a verdict on a sealed message."""

    def scan(self, source: ScanSource, keepalive: Callable[[], None]) -> ScanReport:
        """Scan it, calling `keepalive` every few seconds from the calling thread meanwhile.

        Raises:
            ScanError: No verdict could be had within the message's deadline.
        """
