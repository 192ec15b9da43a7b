"""The observer that puts messages into the history."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import cast

from clamgate.core.events import MESSAGE_EVENTS, Happened, MessageEvent
from clamgate.core.settings import LogPrivacy
from clamgate.observe.history.entry import encode
from clamgate.observe.privacy import masked


class HistoryObserver:
    """Makes an entry of each message, without what LogPrivacy hides.

    Args:
        privacy: What it hides.
        keep: Takes each entry, from any thread; it must not raise.
        process: Which of our processes this is.
    """

    def __init__(
        self,
        privacy: Collection[LogPrivacy],
        keep: Callable[[bytes], object],
        process: str,
    ) -> None:
        self._privacy = privacy
        self._keep = keep
        self._process = process

    def note(self, events: Iterable[Happened]) -> None:
        """Keep what became of messages; the times are in seconds since the epoch."""
        for event, at in events:
            if isinstance(event, MESSAGE_EVENTS):
                shown = masked(event, self._privacy) if self._privacy else event
                self._keep(encode(cast("MessageEvent", shown), at, self._process))
