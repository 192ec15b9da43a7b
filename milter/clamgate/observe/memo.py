"""What was made of a value, for when the very same one comes again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Made = TypeVar("Made")


class Memo(Generic[Key, Made]):
    """Remembers by identity, not by equality: nothing is compared or hashed. Safe for threads.

    Args:
        make: Makes it. The values that it is given must not change.
        most: How many are remembered.
    """

    def __init__(self, make: Callable[[Key], Made], most: int = 32) -> None:
        self._make = make
        self._most = most
        self._made: dict[int, tuple[Key, Made]] = {}

    def __call__(self, key: Key) -> Made:
        """Return what was made of a value, or make it."""
        # The value is kept with it: as long as it is there, no other one has its id.
        known = self._made.get(id(key))
        if known is not None:
            return known[1]
        made = self._make(key)
        if len(self._made) >= self._most:
            self._made.clear()
        self._made[id(key)] = key, made
        return made
