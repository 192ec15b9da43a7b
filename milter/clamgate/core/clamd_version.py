"""What a clamd says of itself: ``ClamAV 1.4.6/27456/Tue Nov 24 08:35:05 2026`` (clamd(8), VERSION).

Without official signatures it is ``ClamAV 1.4.6``. The time is when the newest of them were built,
in clamd's own time zone; it is taken to be ours.
"""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass

importlib.import_module("_strptime")  # time.strptime would do so in a chroot, where there is none


@dataclass(frozen=True, slots=True)
class ClamdVersion:
    """A version in its parts.

    Attributes:
        engine: ``ClamAV 1.4.6``, or whatever it was that did not have this form.
        database: The number of its daily signatures; None if it has none.
        made: When those were built, in seconds since the epoch; None if that is unknown.
    """

    engine: str
    database: int | None = None
    made: float | None = None

    @classmethod
    def parse(cls, text: str) -> ClamdVersion:
        """Take a version apart, as far as that can be done."""
        engine, _, rest = text.partition("/")
        number, _, date = rest.partition("/")
        database = int(number) if number.isascii() and number.isdecimal() else None
        return cls(engine, database, None if database is None else _seconds(date))


def _seconds(date: str) -> float | None:
    try:
        return time.mktime(time.strptime(date))
    except (ValueError, OverflowError):
        return None
