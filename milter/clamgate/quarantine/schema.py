"""The tables of the index, and the way to its database: SQLite for one host, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from time import monotonic, sleep
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    make_url,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from clamgate.quarantine.errors import QuarantineError

# Seconds that a writer of SQLite waits for the others.
_BUSY = 20
# Seconds between tries where SQLite does not wait by itself.
_PAUSE = 0.02

metadata = MetaData()

# Text is for people to read and search by; the exact bytes are in the message's file.
messages = Table(
    "clamgate_messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("store", String(32), nullable=False),
    Column("host", Text, nullable=False),
    Column("stored_at", Float(53), nullable=False),
    Column("released_at", Float(53)),
    Column("sender", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("signature_class", Text, nullable=False),
    Column("queue_id", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("stored_size", BigInteger, nullable=False),
    Index("clamgate_messages_by_time", "store", "stored_at"),
)

recipients = Table(
    "clamgate_recipients",
    metadata,
    Column(
        "message",
        String(32),
        ForeignKey("clamgate_messages.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("rule", Text, nullable=False),
)

# The one-time ids of releases that were let through, until they would have expired anyway.
spent = Table(
    "clamgate_spent_releases",
    metadata,
    Column("nonce", String(64), primary_key=True),
    Column("expires", Float(53), nullable=False),
)


def open_engine(url: str, root: str = "") -> Engine:
    """Return the way to a database, without going there yet.

    A connection is made for each use and kept by nobody: it can neither be inherited over a fork,
    nor shared by threads, nor have died since. Messages are stored seldom enough for that.

    Args:
        url: As SQLAlchemy has it.
        root: The directory that the path of an SQLite file begins at, empty for ``/``.

    Raises:
        QuarantineError: The URL is wrong, or what it needs is not installed.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        arguments: dict[str, Any] = {}
        if parsed.get_backend_name() == "sqlite":
            arguments["timeout"] = _BUSY
            parsed = parsed.set(database=f"{root}{parsed.database}")
        engine = create_engine(parsed, poolclass=NullPool, connect_args=arguments)
    except (ArgumentError, NoSuchModuleError) as error:
        raise QuarantineError(
            f"QuarantineIndex {url}: {error}: write it as sqlite:////path or"
            " postgresql://user@host/database"
        ) from error
    except ModuleNotFoundError as error:
        raise QuarantineError(
            f"QuarantineIndex needs the Python module {error.name}: install it"
            " (Debian: python3-psycopg for PostgreSQL)"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def create_tables(engine: Engine) -> None:
    """Make what is missing. Several processes may do so at the same time.

    Raises:
        SQLAlchemyError: It cannot be made.
    """
    try:
        with engine.begin() as connection:
            for table in metadata.sorted_tables:
                connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    connection.execute(CreateIndex(index, if_not_exists=True))
    except DBAPIError:
        # PostgreSQL reports a conflict to one of two that make the same table at the same time.
        if not set(metadata.tables) <= set(inspect(engine).get_table_names()):
            raise


def reason_of(error: SQLAlchemyError) -> str:
    """Return what a database says is wrong, on one line."""
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split())


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """Readers and a writer do not block each other; what is committed survives a power cut."""
    try:
        cursor = connection.cursor()
        _write_ahead(cursor)
        for setting in ("synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()
    except BaseException:
        # SQLAlchemy would leave it to whoever drops the exception, in whatever thread.
        connection.close()
        raise


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Have changes go to a log of their own, which a new database's file then says for good.

    While another is about to write to the new file, as when several start at once, SQLite refuses
    this step right away: it does not wait for the other as it does elsewhere.
    """
    until = monotonic() + _BUSY
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(_PAUSE)
        else:
            return
