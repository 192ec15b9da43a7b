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

    def write(self, *lines: LogLine) -> None:
        """Write lines, in their order."""
        said = [(line.level, line.text) for line in lines if self._is_new(line)]
        if said:
            for sink in self._sinks:
                sink.write_all(said)

    def reopen(self) -> None:
        """Reopen every sink (SIGHUP)."""
        for sink in self._sinks:
            sink.reopen()

    def close(self) -> None:
        """Close every sink. Call it once nothing is written any more."""
        for sink in self._sinks:
            sink.close()

    def _is_new(self, line: LogLine) -> bool:
        """Whether a line says something else of its subject than was said last; note what it is."""
        if not line.subject:
            return True
        said = line.state or line.text
        if self._last.get(line.subject) == said:
            return False
        self._last[line.subject] = said
        return True
