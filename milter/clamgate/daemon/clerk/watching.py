"""What the clerk answers those who look on: the messages since they asked last, and the clamds."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from clamgate.daemon.clerk.clamds import ClamdWatch
from clamgate.observe.history.entry import Entry
from clamgate.observe.history.ring import Ring

_AT_FIRST = 600.0
"""Seconds of messages that somebody gets who asks for the first time."""
_ROWS = 20_000
_LATEST = 100
"""Messages of which all is told: so many clean ones, and as many others."""


class Watching:
    """Answers the command ``watch``.

    Args:
        ring: The last messages; None if none are remembered.
        clamds: Asks the clamds.
        clock: Seconds since the epoch.
    """

    def __init__(
        self, ring: Ring | None, clamds: ClamdWatch, clock: Callable[[], float] = time.time
    ) -> None:
        self._ring = ring
        self._clamds = clamds
        self._clock = clock

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Answer what is new.

        Args:
            asked: ``after`` is the serial number of the last message that is known, if any.

        Raises:
            ValueError: That makes no sense.
        """
        after = asked.get("after")
        if after is not None and not isinstance(after, int):
            raise ValueError(f"after {after!r} makes no sense")
        serial, rows, latest = self._since(after)
        return {
            "ok": True,
            "serial": serial,
            "rows": rows,
            "latest": [entry.to_json() for entry in latest],
            "remembers": self._ring.limit if self._ring is not None else 0,
            "clamds": self._clamds.look(),
        }

    def _since(self, after: int | None) -> tuple[int, list[tuple[Any, ...]], list[Entry]]:
        """Return the newest serial number, and of messages figures or all."""
        rows: deque[tuple[Any, ...]] = deque(maxlen=_ROWS)
        clean: deque[tuple[int, Entry]] = deque(maxlen=_LATEST)
        others: deque[tuple[int, Entry]] = deque(maxlen=_LATEST)
        serial = 0
        begin = self._clock() - _AT_FIRST if after is None else 0.0
        if self._ring is not None:
            if after is not None and after > self._ring.written:
                after = None  # of a filter that is no more
            for serial, raw in self._ring.read(after or 0):
                entry = Entry.of(raw)
                if entry is None:
                    continue
                (clean if entry.verdict == "clean" else others).append((serial, entry))
                if entry.time >= begin:
                    rows.append(_row(entry))
        latest = [entry for _, entry in sorted((*clean, *others), key=lambda one: one[0])]
        return serial or after or 0, list(rows), latest


def _row(entry: Entry) -> tuple[Any, ...]:
    """Return what figures are made from: `clamgate.cli.top.model.Row`."""
    return (
        round(entry.time, 3),
        _milliseconds(entry.seconds),
        _milliseconds(entry.scan_seconds),
        entry.verdict,
        entry.action,
        entry.process,
        entry.clamd,
    )


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)
