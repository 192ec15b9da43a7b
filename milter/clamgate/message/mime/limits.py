"""How far the search for parts may go, and what it has used of that."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one message.

    Attributes:
        parts: Leaf parts that are given out.
        entities: Pieces of the message that are looked at, under whatever reading.
        depth: Containers within containers.
        decoded: Bytes that are decoded in all, in times of the message's size.
        seconds: Time for all of it.
    """

    parts: int = 500
    entities: int = 5000
    depth: int = 30
    decoded: int = 20
    seconds: float = 20.0


class CutOffError(Exception):
    """A bound was reached; the text says which, for people."""


class Meter:
    """Counts what is used, and raises when it is too much.

    Args:
        limits: The bounds.
        size: Bytes of the message.
        clock: Monotonic seconds.
    """

    def __init__(
        self, limits: Limits, size: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._parts_left = limits.parts
        self._entities_left = limits.entities
        # A short message may well unfold to more than some times its own size.
        self._bytes_left = limits.decoded * max(size, 1 << 16)
        self._until = clock() + limits.seconds

    def part(self) -> None:
        """Count a leaf part.

        Raises:
            CutOffError: There are too many.
        """
        self._parts_left -= 1
        if self._parts_left < 0:
            raise CutOffError(f"more than {self._limits.parts} parts")

    def entity(self, depth: int) -> None:
        """Count a piece that is looked at, `depth` containers down.

        Raises:
            CutOffError: There are too many, one is too deep, or it takes too long.
        """
        self._entities_left -= 1
        if self._entities_left < 0:
            raise CutOffError(f"more than {self._limits.entities} readings")
        if depth > self._limits.depth:
            raise CutOffError(f"parts more than {self._limits.depth} deep")
        self._check_time()

    def decoded(self, size: int) -> None:
        """Count bytes that a decoder or a container is about to give.

        Raises:
            CutOffError: They are too many, or it takes too long.
        """
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise CutOffError(f"its parts are over {self._limits.decoded} times its size")
        self._check_time()

    def ticking(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass on what a decoder gives.

        Raises:
            CutOffError: It takes too long.
        """
        for chunk in chunks:
            self._check_time()
            yield chunk

    def _check_time(self) -> None:
        if self._clock() > self._until:
            raise CutOffError(f"its parts take longer than {self._limits.seconds:g} s")
