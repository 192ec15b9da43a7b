"""What the hostile run counts, for its summary."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts of one run. Safe for threads.

    Attributes:
        packets: Sent by hostile sessions, malformed ones included.
        sessions: Hostile ones opened.
        judged: Messages of well-behaved sessions that got their right answer meanwhile.
        harmed: What was wrong with well-behaved sessions.
        missing: Answers that were owed to a session and did not come.
        peaks: For each daemon, the most memory it had (VmHWM), in KiB.
    """

    packets: int = 0
    sessions: int = 0
    judged: int = 0
    harmed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    peaks: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def opened(self) -> None:
        with self._lock:
            self.sessions += 1

    def sent(self, packets: int) -> None:
        with self._lock:
            self.packets += packets

    def right_answer(self) -> None:
        with self._lock:
            self.judged += 1

    def harm(self, what: str) -> None:
        with self._lock:
            self.harmed.append(what)

    def unanswered(self, what: str) -> None:
        with self._lock:
            self.missing.append(what)

    def peak(self, daemon: str, kib: int) -> None:
        with self._lock:
            self.peaks[daemon] = max(kib, self.peaks.get(daemon, 0))

    def lines(self) -> list[str]:
        """Return the summary."""
        name, kib = max(self.peaks.items(), key=lambda item: item[1], default=("none", 0))
        return [
            f"hostile sessions opened:  {self.sessions}",
            f"packets sent by them:     {self.packets}",
            f"mail judged meanwhile:    {self.judged}",
            f"sessions harmed:          {len(self.harmed)}",
            f"answers missing:          {len(self.missing)}",
            f"memory at its peak:       {kib / 1024:.1f} MiB ({name})",
        ]
