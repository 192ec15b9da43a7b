"""What is too old, or too much: the limits of the quarantine, and who enforces them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from clamgate.quarantine.errors import QuarantineError
from clamgate.quarantine.index import Row
from clamgate.quarantine.selection import Selection
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


def due(store: Quarantine, limits: Limits, now: float) -> Iterator[Row]:
    """Yield this store's messages that are beyond the limits, the oldest first.

    Each must be gone before the next is asked for, or the same ones are yielded again.

    Raises:
        QuarantineError: The index cannot be asked.
    """
    if limits.max_age is not None:
        too_old = Selection(store=store.name, until=now - limits.max_age)
        while rows := store.index.select(too_old, limit=_AT_ONCE, oldest_first=True):
            yield from rows
    if limits.max_size is None:
        return
    excess = store.index.stored_bytes() - limits.max_size
    mine = Selection(store=store.name)
    while excess > 0 and (rows := store.index.select(mine, limit=_AT_ONCE, oldest_first=True)):
        for row in rows:
            if excess <= 0:
                return
            yield row
            excess -= row.stored_size


def expire(store: Quarantine, limits: Limits, now: float) -> Expired:
    """Remove what is beyond the limits, and the one-time ids that are void by their age.

    Raises:
        QuarantineError: A message cannot be removed, or the index cannot be asked.
    """
    messages = size = 0
    for row in due(store, limits, now):
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
