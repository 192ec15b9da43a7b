"""What a worker counts, for its reports."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from clamgate.core.events import ClamdDown, ClamdUp, Event, MessageExempt, MessageJudged
from clamgate.daemon.reports import ClamdView


class Tally:
    """An observer that counts messages, and knows which clamds are up. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages = 0
        self._clamds: dict[str, ClamdView] = {}

    @property
    def messages(self) -> int:
        """Those that were judged or exempt."""
        return self._messages

    @property
    def clamds(self) -> Mapping[str, ClamdView]:
        """What is known of each clamd that was tried."""
        with self._lock:
            return dict(self._clamds)

    def observe(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case MessageJudged() | MessageExempt():
                with self._lock:
                    self._messages += 1
            case ClamdUp(clamd, version):
                with self._lock:
                    self._clamds[clamd] = ClamdView(up=True, text=version)
            case ClamdDown(clamd, reason):
                with self._lock:
                    self._clamds[clamd] = ClamdView(up=False, text=reason)
            case _:
                pass
