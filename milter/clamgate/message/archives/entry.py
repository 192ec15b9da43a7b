"""A file in an archive, as a listing has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clamgate.message.archives.limits import Meter

HEAD = 512
"""Bytes of a file that tell what it is: tar's mark is the farthest from the first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One of them.

    Attributes:
        names: All names that a program might unpack it under, with their folders.
        head: The first bytes of its contents, as many as HEAD if they can be had; empty if not.
        unpack: Returns all of it. It raises UnlistedError if that is not possible, and
            OutOfBoundsError if it is too much.
        is_locked: Whether a password is needed for it, in 7z.
    """

    names: tuple[str, ...]
    head: bytes
    unpack: Callable[[], bytes]
    is_locked: bool = False


def text_of(name: bytes) -> str:
    """Return a name that is UTF-8, or at least ASCII in what counts."""
    return name.decode("utf-8", "replace")


def stored(data: memoryview, meter: Meter) -> bytes:
    """Return what is not packed.

    Raises:
        OutOfBoundsError: It is more than there is room for.
    """
    meter.unpacked(len(data))
    return bytes(data)
