"""The log: events come in, lines go to every sink."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from clamgate.core.events import Event
from clamgate.core.settings import Logging
from clamgate.observe.lines import lines
from clamgate.observe.sink import Sink


class LogObserver:
    """Writes what happens to sinks.

    Args:
        logging: What is written.
        each_recipient: SupportMultipleRecipients.
        sinks: Where to; the observer owns them and closes them.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        logging: Logging,
        each_recipient: bool,  # noqa: FBT001  a setting handed through, by the name it has there
        sinks: Iterable[Sink],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._logging = logging
        self._each_recipient = each_recipient
        self._sinks = tuple(sinks)
        self._clock = clock

    def observe(self, event: Event) -> None:
        """Write the event's lines."""
        said = lines(event, self._logging, each_recipient=self._each_recipient, now=self._clock())
        for line in said:
            for sink in self._sinks:
                sink.write(line.level, line.text)

    def reopen(self) -> None:
        """Reopen every sink (SIGHUP)."""
        for sink in self._sinks:
            sink.reopen()

    def close(self) -> None:
        """Close every sink. Call it once nothing is observed any more."""
        for sink in self._sinks:
            sink.close()
