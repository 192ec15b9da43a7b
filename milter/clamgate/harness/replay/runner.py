"""Work done by several threads, which take it from one place, at a set pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")


def run(
    items: Iterable[Item], work: Callable[[Item], Done], *, jobs: int, rate: float | None = None
) -> Generator[Done, None, None]:
    """Yield what comes of each item, in the order in which it is done.

    Items are taken one at a time when somebody is free for them. Closing the iterator ends it
    without waiting for what is being worked on.

    Args:
        items: What there is to do.
        work: Does one of them; called from several threads at once.
        jobs: How many threads there are.
        rate: At most so many items are begun in a second.

    Raises:
        Exception: What `work` or `items` raised first, once the others have finished theirs.
    """
    shared = _Shared(items, work, rate)
    for number in range(jobs):
        Thread(target=shared.labour, name=f"replay-{number}", daemon=True).start()
    failure: Exception | None = None
    try:
        while jobs:
            got = shared.results.get()
            if isinstance(got, _End):
                jobs -= 1
                failure = failure or got.failure
            else:
                yield got
    finally:
        shared.stop.set()
    if failure:
        raise failure


class _End:
    """A thread has nothing more to do, or failed."""

    def __init__(self, failure: Exception | None) -> None:
        self.failure = failure


class _Shared(Generic[Item, Done]):
    """What the threads share."""

    def __init__(
        self, items: Iterable[Item], work: Callable[[Item], Done], rate: float | None
    ) -> None:
        self.results: SimpleQueue[Done | _End] = SimpleQueue()
        self.stop = Event()
        self._items = iter(items)
        self._work = work
        self._pause = 1 / rate if rate else 0.0
        self._next_start = time.monotonic()
        self._lock = Lock()

    def labour(self) -> None:
        failure = None
        try:
            while (item := self._take()) is not None:
                self.results.put(self._work(item[0]))
        except Exception as error:  # noqa: BLE001 - it is raised again where results are read
            failure = error
            self.stop.set()
        self.results.put(_End(failure))

    def _take(self) -> tuple[Item] | None:
        """Return the next item when its time has come, None if there is none or all is over."""
        with self._lock:
            if self._pause:
                self.stop.wait(max(self._next_start - time.monotonic(), 0))
                self._next_start = max(self._next_start, time.monotonic()) + self._pause
            if self.stop.is_set():
                return None
            for item in self._items:
                return (item,)
            return None
