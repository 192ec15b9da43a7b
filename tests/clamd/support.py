"""What the tests of this folder share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from threading import Condition
from typing import TypeVar

from clamgate.clamd.patience import Heartbeat, Patience
from clamgate.core.events import Event

_Kind = TypeVar("_Kind", bound=Event)


class ManualClock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Events:
    """An observer that remembers, and that a test can wait on."""

    def __init__(self) -> None:
        self._changed = Condition()
        self.all: list[Event] = []

    def observe(self, event: Event) -> None:
        with self._changed:
            self.all.append(event)
            self._changed.notify_all()

    def of(self, kind: type[_Kind]) -> list[_Kind]:
        return [event for event in self.all if isinstance(event, kind)]

    def expect(self, kind: type[_Kind], count: int = 1) -> _Kind:
        """Wait until there are so many of this kind, and return the last of them."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.of(kind)) >= count, 30), self.all
            return self.of(kind)[count - 1]


class Bytes:
    """A message for a scanner: its bytes, and how many more it had."""

    def __init__(self, content: bytes, cut_off: int = 0) -> None:
        self.content = content
        self.size = len(content) + cut_off
        self.length = len(content)
        self._memory: int | None = None

    def descriptor(self) -> int:
        if self._memory is None:
            self._memory = os.memfd_create("test", os.MFD_CLOEXEC)
            os.write(self._memory, self.content)
        os.lseek(self._memory, 0, os.SEEK_SET)
        return self._memory

    def in_memory(self) -> bytes | None:
        return self.content

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, len(self.content), 65536):
            yield self.content[start : start + 65536]

    def __del__(self) -> None:
        if self._memory is not None:
            os.close(self._memory)


def nothing() -> None:
    """Keep nobody alive."""


def patience(
    seconds: float = 30, keepalive: Callable[[], None] = nothing, interval: float = 5
) -> Patience:
    return Patience(Heartbeat(keepalive, interval=interval), seconds)
