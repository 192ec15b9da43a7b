"""What is known of the filter, put together from one answer after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

WINDOW = 60.0
"""Seconds that rates and percentiles are about."""

_SECONDS = 600
"""Seconds that the chart may show."""
_ROWS = 100_000
_DECISIONS = 2000


class Row(NamedTuple):
    """Of a message, what figures are made from: as `clamgate.daemon.clerk.watching` sends it."""

    time: float
    total_ms: float | None
    scan_ms: float | None
    verdict: str
    action: str
    process: str
    clamd: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What the filter answered, or why it did not.

    Attributes:
        at: When, in seconds since the epoch.
        status: Its status.
        watch: Its messages, and what its clamds say.
        error: Why there is no answer, empty if there is one.
    """

    at: float
    status: dict[str, Any] = field(default_factory=dict)
    watch: dict[str, Any] = field(default_factory=dict)
    error: str = ""


@dataclass(slots=True)
class Model:
    """All that is known.

    Attributes:
        now: When the filter was asked last, in seconds since the epoch.
        status, clamds: Its last answer.
        remembers: How many messages it remembers, 0 if none: then most is not known.
        serial: The last message that is known.
        error: Why it does not answer now.
        rows: Messages of the last minute, at least.
        per_second: How many were judged in each second.
        decisions: The last messages with all that is known, the newest at the end.
    """

    now: float = 0.0
    status: dict[str, Any] = field(default_factory=dict)
    clamds: dict[str, dict[str, Any]] = field(default_factory=dict)
    remembers: int = 0
    serial: int | None = None
    error: str = ""
    rows: deque[Row] = field(default_factory=lambda: deque(maxlen=_ROWS))
    per_second: dict[int, int] = field(default_factory=dict)
    decisions: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_DECISIONS))

    def take(self, sample: Sample) -> None:
        """Take an answer in."""
        self.now = sample.at
        self.error = sample.error
        if sample.error:
            return
        self.status = sample.status
        watch = sample.watch
        self.clamds = watch["clamds"]
        self.remembers = watch["remembers"]
        if self.serial is not None and watch["serial"] < self.serial:
            self._forget()  # another filter: this one has judged less
        self.serial = watch["serial"]
        self._take_rows(Row(*row) for row in watch["rows"])
        self.decisions.extend(watch["latest"])

    @property
    def recent(self) -> list[Row]:
        """The messages of the last minute."""
        return [row for row in self.rows if row.time > self.now - WINDOW]

    def counts(self, seconds: int) -> list[int]:
        """Return how many were judged in each of so many seconds, up to the last whole one."""
        end = int(self.now)
        return [self.per_second.get(second, 0) for second in range(end - seconds, end)]

    def _take_rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.rows.append(row)
            second = int(row.time)
            self.per_second[second] = self.per_second.get(second, 0) + 1
        while self.rows and self.rows[0].time < self.now - WINDOW:
            self.rows.popleft()
        oldest = int(self.now) - _SECONDS
        self.per_second = {at: n for at, n in self.per_second.items() if at >= oldest}

    def _forget(self) -> None:
        self.rows.clear()
        self.per_second.clear()
        self.decisions.clear()
