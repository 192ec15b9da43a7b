"""Asking the master how things are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clamgate.daemon.figures import Figures
from clamgate.daemon.link import Link

FRESH = 0.25
"""Seconds for which an answer serves for all who ask."""
_PATIENCE = 1.0
"""Seconds after which who asks gets what there is: the master may be reading its conf."""


class Inquiry:
    """One question at a time, and what is known by the last answer.

    Args:
        link: To the master.
        clock: Seconds that only go forward.

    Attributes:
        link: The same.
        figures: The last answer.
    """

    def __init__(self, link: Link, clock: Callable[[], float]) -> None:
        self.link = link
        self.figures = Figures()
        self._clock = clock
        self._serial = 0
        self._asked: float | None = None
        self._heard: float | None = None
        self._began = clock()

    @property
    def open(self) -> bool:
        """Whether an answer may still come."""
        return self._asked is not None and self._clock() - self._asked < _PATIENCE

    @property
    def settled(self) -> bool:
        """Whether the last answer is new enough, or another is not to be had soon."""
        if self._asked is not None:
            return not self.open
        return self._heard is not None and self._clock() - self._heard < FRESH

    @property
    def silent(self) -> float:
        """Seconds since the last answer, or since the beginning if there was none."""
        return self._clock() - (self._began if self._heard is None else self._heard)

    def give_up(self) -> None:
        """Wait no more for an answer that is overdue."""
        if not self.open:
            self._asked = None

    def ask(self) -> None:
        """Ask."""
        self._serial += 1
        self._asked = self._clock()
        ask = {"serial": self._serial, "command": "figures", "arguments": {}}
        self.link.send({"ask": ask})

    def take(self, message: dict[str, Any]) -> bool:
        """Take a message, and say whether it is an answer, if perhaps a late one."""
        answer = message.get("answer")
        if answer is None:
            return False
        self.figures = Figures.from_json(answer["result"]["figures"])
        self._heard = self._clock()
        self._asked = None
        return True
