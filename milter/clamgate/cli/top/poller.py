"""Asking the filter again and again, aside from the keyboard: an answer may take its time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from clamgate.cli.top.model import Sample
from clamgate.daemon.control.client import ControlError, ask


def sample(path: str, after: int | None) -> Sample:
    """Ask once.

    Args:
        path: The control socket.
        after: The last message that is known, None for none.
    """
    try:
        status = ask(path, "status")
        watch = ask(path, "watch", after=after)
    except ControlError as error:
        return Sample(time.time(), error=str(error))
    return Sample(time.time(), status, watch)


class Poller:
    """Asks, in a thread of its own, when it is told to.

    Args:
        path: The control socket.
        answered: Called when there is an answer, in that thread.
    """

    def __init__(self, path: str, answered: Callable[[], object]) -> None:
        self._path = path
        self._answered = answered
        self._wanted: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._samples: queue.SimpleQueue[Sample] = queue.SimpleQueue()
        self._asking = False
        threading.Thread(target=self._ask_when_wanted, name="poller", daemon=True).start()

    def want(self, after: int | None) -> None:
        """Have it ask, unless it is asking already."""
        if not self._asking:
            self._asking = True
            self._wanted.put(after)

    def take(self) -> Sample | None:
        """Return an answer if there is a new one."""
        try:
            answer = self._samples.get_nowait()
        except queue.Empty:
            return None
        self._asking = False
        return answer

    def _ask_when_wanted(self) -> None:
        while True:
            self._samples.put(sample(self._path, self._wanted.get()))
            self._answered()
