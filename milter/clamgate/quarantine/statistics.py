"""How much is stored, and of what kind."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from clamgate.quarantine.index import MessageIndex
from clamgate.quarantine.schema import messages
from clamgate.quarantine.selection import EVERYTHING, Selection

_MOST = 20


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that have something in common: its name, their number, and the bytes on disk."""

    name: str
    messages: int
    stored_size: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a selection amounts to.

    Attributes:
        messages: How many.
        size, stored_size: Bytes of the messages, and of their files.
        released: How many of them were released before.
        oldest, newest: When the first and the last was stored, in seconds since the epoch; None
            if there is none.
        classes, signatures, hosts: By what was found first, and by host; the most frequent 20.
    """

    messages: int
    size: int
    stored_size: int
    released: int
    oldest: float | None
    newest: float | None
    classes: tuple[Group, ...]
    signatures: tuple[Group, ...]
    hosts: tuple[Group, ...]


def statistics(index: MessageIndex, selection: Selection = EVERYTHING) -> Statistics:
    """Return what a selection amounts to.

    Raises:
        QuarantineError: The index cannot be asked.
    """
    column = messages.c
    totals = select(
        func.count(),
        func.coalesce(func.sum(column.size), 0),
        func.coalesce(func.sum(column.stored_size), 0),
        func.count(column.released_at),
        func.min(column.stored_at),
        func.max(column.stored_at),
    ).where(selection.condition())
    with index.reading() as database:
        count, size, stored_size, released, oldest, newest = database.execute(totals).one()
        return Statistics(
            count,
            int(size),
            int(stored_size),
            released,
            oldest,
            newest,
            classes=_groups(database, selection, column.signature_class),
            signatures=_groups(database, selection, column.signature),
            hosts=_groups(database, selection, column.host),
        )


def _groups(
    database: Connection, selection: Selection, by: ColumnElement[str]
) -> tuple[Group, ...]:
    count = func.count().label("count")
    query = (
        select(by, count, func.sum(messages.c.stored_size))
        .where(selection.condition())
        .group_by(by)
        .order_by(count.desc(), by)
        .limit(_MOST)
    )
    return tuple(Group(name, number, int(size)) for name, number, size in database.execute(query))
