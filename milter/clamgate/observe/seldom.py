"""Saying a thing once, and again only after a long while: for troubles that repeat per message."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Seldom:
    """Passes a report on the first time, and then at most once in `every` seconds.

    Args:
        report: Takes the text. What it raises is passed on.
        clock: Seconds; any origin.
        every: Seconds between two reports.
    """

    def __init__(
        self, report: Callable[[str], None], clock: Callable[[], float], every: float = 3600.0
    ) -> None:
        self._report = report
        self._clock = clock
        self._every = every
        self._lock = threading.Lock()
        self._due: float | None = None
        self._held_back = 0

    def say(self, text: str) -> None:
        """Report `text`, with the number of reports held back before it, or hold it back too."""
        with self._lock:
            now = self._clock()
            if self._due is not None and now < self._due:
                self._held_back += 1
                return
            self._due = now + self._every
            held_back, self._held_back = self._held_back, 0
        self._report(f"{text} (and {held_back} times before)" if held_back else text)
