"""The quarantine as a whole: files that are the truth, and an index that is made from them."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clamgate.core.storing import StoreError, StoreRecord, StoreSource
from clamgate.quarantine.archive import Archive
from clamgate.quarantine.errors import NotFoundError, QuarantineError
from clamgate.quarantine.index import MessageIndex, Row
from clamgate.quarantine.record import Record, make_record, new_id
from clamgate.quarantine.schema import open_engine
from clamgate.quarantine.selection import Selection

_INDEX = "index.db"
_NAME = "store-id"
_SECRET = "release-secret"  # noqa: S105  the name of a file
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Recovered:
    """What had to be mended.

    Attributes:
        indexed: Messages that had a file and no row.
        dropped: Rows that had no file.
        swept: Files that were never finished; no MTA was told that their message is stored.
        damaged: Why files that have no row cannot be indexed; they stay where they are.
    """

    indexed: int = 0
    dropped: int = 0
    swept: int = 0
    damaged: tuple[str, ...] = ()

    def words(self) -> tuple[str, ...]:
        """Say what was mended, in a line for each kind; nothing if all was well."""
        counted = {
            "stored messages were not in the index, and are now": self.indexed,
            "messages in the index had no file, and are gone from it": self.dropped,
            "files were never finished, and are removed": self.swept,
        }
        return (*(f"{count} {what}" for what, count in counted.items() if count), *self.damaged)


class Quarantine:
    """Keeps messages: a `clamgate.core.storing.Store`. Safe for threads and processes.

    It can be made before a fork and a chroot, as nothing is opened then.

    Args:
        directory: Where the files are.
        url: The index's database, as SQLAlchemy has it; None is SQLite in the directory.
        root: The directory that both begin at, empty for the root directory at the time of use.

    Attributes:
        directory: Where the files are, seen from there.

    Raises:
        QuarantineError: The URL cannot be used.
    """

    def __init__(self, directory: str, url: str | None = None, root: str = "") -> None:
        self.directory = Path(root + directory)
        self._archive = Archive(self.directory)
        self._engine = open_engine(url or f"sqlite:///{Path(directory) / _INDEX}", root)
        self._host = socket.gethostname()

    def prepare(self) -> None:
        """Make what is missing in the directory, which must exist and be writable.

        Raises:
            QuarantineError: It cannot be made.
        """
        mask = os.umask(0o077)
        try:
            self._archive.prepare()
            _keep_word(self.directory / _NAME, secrets.token_hex(8))
            _keep_word(self.directory / _SECRET, secrets.token_hex(_SECRET_BYTES))
            self.index.prepare()
        except OSError as error:
            raise QuarantineError(
                f"QuarantineDirectory {self.directory}: {error.strerror} ({error.filename}):"
                " it must exist, and User must be able to write to it"
            ) from error
        finally:
            os.umask(mask)

    @property
    def index(self) -> MessageIndex:
        """The index, through which this store's rows are added and all are found."""
        return MessageIndex(self._engine, self.name, self._host)

    @property
    def name(self) -> str:
        """What tells this store's rows from those of others in the same database."""
        return self._word(_NAME)

    @property
    def secret(self) -> bytes:
        """The key that releases are signed with."""
        return bytes.fromhex(self._word(_SECRET))

    def store(self, source: StoreSource, record: StoreRecord) -> str:
        """Put a message on disk, and return its id once it is safe there.

        Raises:
            StoreError: It could not be; then nothing of it is left.
        """
        kept = make_record(new_id(record.time), record, source.size)
        try:
            stored_size = self._archive.write(kept, source.chunks())
            try:
                self.index.add(kept, stored_size)
            except BaseException:
                self._archive.remove(kept.id)
                raise
        except OSError as error:
            raise StoreError(
                f"cannot store a message in {self.directory}: {error.strerror or error}"
            ) from error
        except QuarantineError as error:
            raise StoreError(f"cannot store a message: {error}") from error
        return kept.id

    def find(self, message_id: str) -> Row:
        """Return the row of an id, or of the beginning of one that no other begins with.

        Raises:
            NotFoundError: There is none.
            QuarantineError: Several begin so, or the index cannot be asked.
        """
        found = self.index.select(Selection(id_prefix=message_id), limit=2)
        if not found:
            raise NotFoundError(f"{message_id}: there is no such message in the quarantine")
        if len(found) > 1:
            raise QuarantineError(f"{message_id}: several ids begin so: type more of it")
        return found[0]

    def record(self, row: Row) -> Record:
        """Return what is known of a message, from its file.

        Raises:
            NotFoundError: The file is not here.
            QuarantineError: It cannot be read, or is damaged.
        """
        self._check_here(row)
        return self._archive.record(row.id)

    def content(self, row: Row) -> bytes:
        """Return a message as it came.

        Raises:
            NotFoundError: The file is not here.
            QuarantineError: It cannot be read, or is damaged.
        """
        self._check_here(row)
        return b"".join(self._archive.content(row.id))

    def delete(self, row: Row) -> None:
        """Remove a message: its file first, so that what a crash leaves is a row without one.

        Raises:
            NotFoundError: Its file is on another host.
            QuarantineError: It cannot be removed.
        """
        self._check_here(row)
        try:
            self._archive.remove(row.id)
        except OSError as error:
            raise QuarantineError(f"cannot remove {error.filename}: {error.strerror}") from error
        self.index.remove([row.id])

    def recover(self) -> Recovered:
        """Make files and index agree after a crash. Others may store and delete meanwhile.

        Raises:
            QuarantineError: The directory or the index cannot be read.
        """
        try:
            swept = self._archive.sweep()
            rows = self.index.ids()
            gone = [one for one in rows if not self._archive.has(one)]
            self.index.remove(gone)
            indexed, damaged = self._index_again(rows)
        except OSError as error:
            raise QuarantineError(f"cannot read {error.filename}: {error.strerror}") from error
        return Recovered(indexed, len(gone), swept, damaged)

    def _index_again(self, known: set[str]) -> tuple[int, tuple[str, ...]]:
        indexed = 0
        damaged: list[str] = []
        for message_id in self._unknown(known):
            try:
                record = self._archive.record(message_id)
                self.index.add(record, self._archive.stored_size(message_id))
                if self._archive.has(message_id):
                    indexed += 1
                else:  # deleted, file and row, before this row came
                    self.index.remove([message_id])
            except NotFoundError:  # deleted meanwhile
                continue
            except QuarantineError as error:
                damaged.append(str(error))
        return indexed, tuple(damaged)

    def _unknown(self, known: set[str]) -> Iterator[str]:
        """Yield the ids of files without a row; those stored since then have one by now."""
        for message_id in self._archive.ids():
            if message_id not in known and not self.index.select(Selection(ids=(message_id,))):
                yield message_id

    def _check_here(self, row: Row) -> None:
        if row.store != self.name:
            raise NotFoundError(f"{row.id}: its file is on {row.host}: use clamgate there")

    def _word(self, name: str) -> str:
        path = self.directory / name
        try:
            return path.read_text().strip()
        except OSError as error:
            raise QuarantineError(
                f"cannot read {path}: {error.strerror} (the filter makes it when it starts)"
            ) from error


def _keep_word(path: Path, word: str) -> None:
    """Write a word to a file, unless there is one. Of several processes, the first one's stays."""
    if path.exists():
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with temporary.open("x") as file:
        file.write(f"{word}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        temporary.unlink()
