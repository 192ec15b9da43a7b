"""The sinks as one: where lines of several processes come together."""

from __future__ import annotations

from collections.abc import Iterable

from clamgate.observe.lines import LogLine
from clamgate.observe.sink import Sink


class Logbook:
    """Writes lines to every sink, except what was the last thing said of its subject already.

    Args:
        sinks: Where to; the logbook owns them and closes them.
    """

    def __init__(self, sinks: Iterable[Sink]) -> None:
        self._sinks = tuple(sinks)
        self._last: dict[str, str] = {}

    def write(self, line: LogLine) -> None:
        """Write a line."""
        if line.subject:
            said = line.state or line.text
            if self._last.get(line.subject) == said:
                return
            self._last[line.subject] = said
        for sink in self._sinks:
            sink.write(line.level, line.text)

    def reopen(self) -> None:
        """Reopen every sink (SIGHUP)."""
        for sink in self._sinks:
            sink.reopen()

    def close(self) -> None:
        """Close every sink. Call it once nothing is written any more."""
        for sink in self._sinks:
            sink.close()
