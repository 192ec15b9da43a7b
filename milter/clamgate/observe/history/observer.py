"""The observer that puts messages into the history."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import cast

from clamgate.core.events import Event
from clamgate.core.settings import LogPrivacy
from clamgate.observe.history.entry import OF_A_MESSAGE, Mail, encode
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

    def note(self, event: Event, at: float) -> None:
        """Keep what became of a message; `at` is when, in seconds since the epoch."""
        if isinstance(event, OF_A_MESSAGE):
            shown = masked(event, self._privacy) if self._privacy else event
            self._keep(encode(cast("Mail", shown), at, self._process))
