"""The observer that puts messages into the history."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from clamgate.core.events import Event, MessageExempt, MessageJudged, MessageReleased
from clamgate.core.settings import LogPrivacy
from clamgate.observe.history.entry import encode
from clamgate.observe.privacy import masked


class HistoryObserver:
    """Makes an entry of each message, without what LogPrivacy hides.

    Args:
        privacy: What it hides.
        keep: Takes each entry, from any thread; it must not raise.
        process: Which of our processes this is.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        privacy: Collection[LogPrivacy],
        keep: Callable[[bytes], object],
        process: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._privacy = privacy
        self._keep = keep
        self._process = process
        self._clock = clock

    def observe(self, event: Event) -> None:
        """Keep what became of a message."""
        shown = masked(event, self._privacy)
        if isinstance(shown, MessageJudged | MessageExempt | MessageReleased):
            self._keep(encode(shown, self._clock(), self._process))
