"""The index: a row for each message, to find it by."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from clamgate.core.envelope import bare_address
from clamgate.core.subject import readable
from clamgate.quarantine.errors import QuarantineError
from clamgate.quarantine.record import Record
from clamgate.quarantine.schema import create_tables, messages, reason_of, recipients, spent
from clamgate.quarantine.selection import EVERYTHING, Selection

_AT_ONCE = 500  # ids in one statement


@dataclass(frozen=True, slots=True)
class Row:
    """A message as the index has it: text for people, its control characters included.

    Attributes:
        recipients: For whom it is kept, in the order of RCPT.
        store: The store that has its file, `host` the host that put it there.
        stored_at, released_at: Seconds since the epoch; None if it was not released.
        size, stored_size: Bytes of the message, and of its file.
    """

    id: str
    store: str
    host: str
    stored_at: float
    released_at: float | None
    sender: str
    recipients: tuple[str, ...]
    signature: str
    signature_class: str
    queue_id: str
    client: str
    subject: str
    size: int
    stored_size: int


class MessageIndex:
    """Rows in a database, of this store and perhaps of others.

    Every method raises QuarantineError if the database does not do what it is asked.

    Args:
        engine: The way to the database.
        store: The name of the store whose rows are added here.
        host: The name of this host, for people.
    """

    def __init__(self, engine: Engine, store: str, host: str) -> None:
        self._engine = engine
        self._store = store
        self._host = host

    def prepare(self) -> None:
        """Make the tables if they are missing."""
        with _told_plainly():
            create_tables(self._engine)

    def add(self, record: Record, stored_size: int) -> None:
        """Add a message, unless it is there already."""
        row = {
            "id": record.id,
            "store": self._store,
            "host": self._host,
            "stored_at": record.stored_at,
            "sender": _text(bare_address(record.sender)),
            "signature": _clean(record.signature),
            "signature_class": _clean(record.signature_class),
            "queue_id": _clean(record.queue_id),
            "client": _clean(f"{record.client_host} {record.client_address}".strip()),
            "subject": _clean(readable(record.subject or b"")),
            "size": record.size,
            "stored_size": stored_size,
        }
        addresses = [
            {
                "message": record.id,
                "position": position,
                "address": _text(bare_address(kept.recipient)),
                "action": kept.action.value,
                "rule": _clean(kept.rule),
            }
            for position, kept in enumerate(record.kept)
        ]
        with _told_plainly(), contextlib.suppress(IntegrityError), self._engine.begin() as database:
            database.execute(insert(messages).values(row))
            if addresses:
                database.execute(insert(recipients), addresses)

    def select(
        self,
        selection: Selection = EVERYTHING,
        limit: int | None = None,
        *,
        oldest_first: bool = False,
    ) -> list[Row]:
        """Return the messages of a selection in the order of time, `limit` of them at most."""
        time = messages.c.stored_at
        query = (
            select(messages)
            .where(selection.condition())
            .order_by(time if oldest_first else time.desc(), messages.c.id)
            .limit(limit)
        )
        with self.reading() as database:
            rows = [dict(row) for row in database.execute(query).mappings()]
            addresses = _recipients(database, [row["id"] for row in rows])
        return [Row(**row, recipients=tuple(addresses.get(row["id"], ()))) for row in rows]

    def ids(self) -> set[str]:
        """Return the ids of this store's messages."""
        with self.reading() as database:
            return set(
                database.scalars(select(messages.c.id).where(messages.c.store == self._store))
            )

    def totals(self) -> tuple[int, int]:
        """Return how many messages this store has, and the bytes of their files."""
        size = func.coalesce(func.sum(messages.c.stored_size), 0)
        query = select(func.count(), size).where(messages.c.store == self._store)
        with self.reading() as database:
            count, stored_size = database.execute(query).one()
            return int(count), int(stored_size)

    def stored_bytes(self) -> int:
        """Return the bytes that the files of this store take together."""
        query = select(func.coalesce(func.sum(messages.c.stored_size), 0))
        with self.reading() as database:
            return int(database.scalar(query.where(messages.c.store == self._store)) or 0)

    def remove(self, message_ids: Iterable[str]) -> None:
        """Remove the rows of these messages, if there are any."""
        ids = list(message_ids)
        with _told_plainly(), self._engine.begin() as database:
            for start in range(0, len(ids), _AT_ONCE):
                some = ids[start : start + _AT_ONCE]
                database.execute(delete(recipients).where(recipients.c.message.in_(some)))
                database.execute(delete(messages).where(messages.c.id.in_(some)))

    def mark_released(self, message_id: str, now: float) -> None:
        """Note that a message was released."""
        with _told_plainly(), self._engine.begin() as database:
            database.execute(
                update(messages).where(messages.c.id == message_id).values(released_at=now)
            )

    def spend(self, nonce: str, expires: float) -> bool:
        """Use up a one-time id; say whether it was still unused. Safe between all processes."""
        with _told_plainly():
            try:
                with self._engine.begin() as database:
                    database.execute(insert(spent).values(nonce=nonce, expires=expires))
            except IntegrityError:
                return False
        return True

    def forget_spent(self, now: float) -> None:
        """Forget the one-time ids that are not valid any more for their age."""
        with _told_plainly(), self._engine.begin() as database:
            database.execute(delete(spent).where(spent.c.expires < now))

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open the database for queries."""
        with _told_plainly(), self._engine.connect() as database:
            yield database


@contextlib.contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        raise QuarantineError(f"the quarantine's index: {reason_of(error)}") from error


def _recipients(database: Connection, ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = recipients.c.message.in_(ids[start : start + _AT_ONCE])
        query = select(recipients).where(some).order_by(recipients.c.message, recipients.c.position)
        for row in database.execute(query):
            found.setdefault(row.message, []).append(row.address)
    return found


def _text(raw: bytes) -> str:
    return _clean(raw.decode("utf-8", "replace"))


def _clean(text: str) -> str:
    """Return text that every database takes: without NUL, and without lone surrogates."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
