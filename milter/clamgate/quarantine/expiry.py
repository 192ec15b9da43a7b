"""What is too old, or too much: the limits of the quarantine, and who enforces them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clamgate.core.settings import Quarantine as Settings
from clamgate.quarantine.errors import QuarantineError

if TYPE_CHECKING:  # SQLAlchemy comes with these, and 19 MiB that only a quarantine is worth
    from clamgate.quarantine.index import Row
    from clamgate.quarantine.store import Quarantine

INTERVAL = 600.0
"""Seconds between two rounds of the timer."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much is kept; None is no limit.

    Attributes:
        max_age: Seconds since a message was stored.
        max_size: Bytes that the files of this store may take together.
    """

    max_age: float | None = None
    max_size: int | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """What was removed: how many messages, and the bytes that their files took."""

    messages: int = 0
    size: int = 0


def limits_of(settings: Settings) -> Limits:
    """Return the limits that a conf sets."""
    return Limits(settings.max_age, settings.max_size)


def due(store: Quarantine, limits: Limits, now: float, limit: int | None = None) -> list[Row]:
    """Return this store's messages that are beyond the limits, the oldest first.

    Args:
        store: The quarantine.
        limits: Its limits.
        now: Seconds since the epoch.
        limit: How many to return at most.

    Raises:
        QuarantineError: The index cannot be asked.
    """
    excess = 0 if limits.max_size is None else store.index.stored_bytes() - limits.max_size
    from clamgate.quarantine.selection import Selection  # noqa: PLC0415  loaded with the store

    found: list[Row] = []
    for row in store.index.select(Selection(store=store.name), limit, oldest_first=True):
        too_old = limits.max_age is not None and row.stored_at < now - limits.max_age
        if not too_old and excess <= 0:
            break
        found.append(row)
        excess -= row.stored_size
    return found


def expire(store: Quarantine, limits: Limits, now: float) -> Expired:
    """Remove what is beyond the limits, and the one-time ids that are void by their age.

    Raises:
        QuarantineError: A message cannot be removed, or the index cannot be asked.
    """
    messages = size = 0
    while rows := due(store, limits, now, _AT_ONCE):
        for row in rows:
            store.delete(row)
            messages += 1
            size += row.stored_size
    store.index.forget_spent(now)
    return Expired(messages, size)


def expire_for_ever(
    store: Quarantine,
    limits: Limits,
    *,
    clock: Callable[[], float],
    wait: Callable[[float], bool],
    report: Callable[[Expired | QuarantineError], None],
) -> None:
    """Expire once, then again after every `INTERVAL`, until told to stop.

    Args:
        store: The quarantine.
        limits: Its limits.
        clock: Seconds since the epoch.
        wait: Waits so many seconds; returns True, and earlier, if it is to stop.
        report: Told of what was removed, if anything was, and of what went wrong.
    """
    stopped = False
    while not stopped:
        try:
            expired = expire(store, limits, clock())
        except QuarantineError as error:
            report(error)
        else:
            if expired.messages:
                report(expired)
        stopped = wait(INTERVAL)
