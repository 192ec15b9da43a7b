"""Whether something is well, as values: for `clamgate health` and for /readyz alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from clamgate.core.timespan import seconds_in_words

_DAY = 86400


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what, whether it is well, and what was seen."""

    name: str
    ok: bool
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {'ok' if self.ok else 'BAD'}: {self.text}"


@dataclass(frozen=True, slots=True)
class Health:
    """All that was looked at."""

    checks: tuple[Check, ...]

    @classmethod
    def of(cls, checks: Iterable[Check]) -> Health:
        """Gather checks."""
        return cls(tuple(checks))

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return all(check.ok for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"ok": self.ok, "checks": [asdict(check) for check in self.checks]}


def database_check(age: float, max_age: float | None, limit: str) -> Check:
    """Judge the age of a database.

    Args:
        age: Seconds since it was made.
        max_age: From when on it is too old; None if age does not matter.
        limit: What sets that.
    """
    age = max(age, 0.0)
    in_days = f"{age / _DAY:.1f} days" if age >= _DAY else seconds_in_words(age)
    too_old = max_age is not None and age > max_age
    limited = f", {limit} is {seconds_in_words(max_age)}" if max_age is not None else ""
    return Check("database", not too_old, f"{in_days} old{limited}")
