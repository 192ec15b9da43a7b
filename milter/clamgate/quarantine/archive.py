"""The files: one a message, compressed, written so that it is there whole or not at all.

A file is a gzip stream of one line of JSON, which is the record, and then the message as it came:
``zcat FILE | tail -n +2`` gives it back without any program of ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import zlib
from collections.abc import Iterable, Iterator
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import BinaryIO

from clamgate.quarantine.errors import NotFoundError, QuarantineError
from clamgate.quarantine.record import Record, dump, parse

# Of 7 MB of sample mail, every level from 1 to 9 leaves 58 to 59 %: attachments are base64. 6 is as
# fast as 1 there (33 MB/s on one core), and better on text.
_LEVEL = 6
_PIECE = 64 * 1024
_LONGEST_RECORD = 16 * 1024 * 1024
_SUFFIX = ".gz"
_DAY = slice(0, 6)
_ATTEMPTS = 3


class Archive:
    """The folder of the messages: ``messages/YYMMDD/ID.gz``, and ``new/`` for those in the making.

    Args:
        directory: The quarantine's.
    """

    def __init__(self, directory: Path) -> None:
        self._messages = directory / "messages"
        self._new = directory / "new"

    def prepare(self) -> None:
        """Make the folders.

        Raises:
            OSError: They cannot be made.
        """
        for folder in (self._messages, self._new):
            folder.mkdir(mode=0o700, exist_ok=True)
            _sync(folder.parent)

    def path(self, message_id: str) -> Path:
        """Return where the file of a message is, or would be."""
        return self._messages / message_id[_DAY] / f"{message_id}{_SUFFIX}"

    def write(self, record: Record, content: Iterable[bytes]) -> int:
        """Keep a message: when this returns, it survives a crash of the machine.

        Returns:
            Bytes that its file takes.

        Raises:
            OSError: It cannot be kept; nothing of it is left.
        """
        temporary = self._new / record.id
        final = self.path(record.id)
        descriptor = self._create(temporary)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _compress(record, content, file)
                file.flush()
                os.fsync(descriptor)
                stored_size = os.fstat(descriptor).st_size
                _move(temporary, final)
            _sync(final.parent)
        except BaseException:
            for path in (temporary, final):
                path.unlink(missing_ok=True)
            raise
        return stored_size

    def record(self, message_id: str) -> Record:
        """Return the record of a message from its file.

        Raises:
            NotFoundError: It has no file.
            QuarantineError: Its file is damaged, or cannot be read.
        """
        with self._opened(message_id) as file:
            return self._record_in(file, message_id)

    def content(self, message_id: str) -> Iterator[bytes]:
        """Yield the message as it came, in pieces of 64 KiB.

        A damaged file raises at its end at the latest: use nothing of it before.

        Raises:
            NotFoundError: It has no file.
            QuarantineError: Its file is damaged, or cannot be read.
        """
        with self._opened(message_id) as file:
            self._record_in(file, message_id)
            while piece := file.read(_PIECE):
                yield piece

    def stored_size(self, message_id: str) -> int:
        """Return the bytes that the file of a message takes.

        Raises:
            NotFoundError: It has no file.
        """
        try:
            return self.path(message_id).stat().st_size
        except FileNotFoundError:
            raise NotFoundError(f"{message_id}: its file is gone") from None

    def has(self, message_id: str) -> bool:
        """Whether a message has a file."""
        return self.path(message_id).exists()

    def remove(self, message_id: str) -> None:
        """Remove the file of a message, if it has one.

        Raises:
            OSError: It cannot be removed.
        """
        path = self.path(message_id)
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # the day has other messages, or is gone already
            path.parent.rmdir()

    def ids(self) -> Iterator[str]:
        """Yield the ids of all messages that have a file."""
        for day in sorted(self._messages.iterdir()):
            try:
                paths = list(day.iterdir())
            except FileNotFoundError:  # its last message was removed meanwhile
                continue
            for path in paths:
                if path.suffix == _SUFFIX:
                    yield path.name.removesuffix(_SUFFIX)

    def sweep(self) -> int:
        """Remove what writers left behind that are no more, and return how many files it were."""
        with _locked(self._new, fcntl.LOCK_EX):
            return sum(_removed_if_orphaned(path) for path in list(self._new.iterdir()))

    def _create(self, path: Path) -> int:
        """Open a new file, locked: by that, `sweep` knows that somebody still writes to it."""
        with _locked(self._new, fcntl.LOCK_SH):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        return descriptor

    @contextlib.contextmanager
    def _opened(self, message_id: str) -> Iterator[GzipFile]:
        path = self.path(message_id)
        try:
            with GzipFile(path, "rb") as file:
                yield file
        except FileNotFoundError:
            raise NotFoundError(f"{message_id}: its file is gone ({path})") from None
        except (BadGzipFile, EOFError, zlib.error) as error:
            raise QuarantineError(f"{path} is damaged: {error}") from error
        except OSError as error:
            raise QuarantineError(f"cannot read {path}: {error.strerror}") from error

    def _record_in(self, file: GzipFile, message_id: str) -> Record:
        try:
            return parse(file.readline(_LONGEST_RECORD))
        except ValueError as error:
            raise QuarantineError(f"{self.path(message_id)} is damaged: {error}") from error


def _compress(record: Record, content: Iterable[bytes], file: BinaryIO) -> None:
    with GzipFile(record.id, "wb", _LEVEL, file, record.stored_at) as stream:
        stream.write(dump(record))
        for piece in content:
            stream.write(piece)


def _move(temporary: Path, final: Path) -> None:
    """Rename a file into the folder of its day, which is made if it is missing.

    `Archive.remove` may take the folder away in between, with what was its last message.
    """
    for attempt in range(_ATTEMPTS):
        with contextlib.suppress(FileExistsError):
            final.parent.mkdir(mode=0o700)
            _sync(final.parent.parent)
        try:
            temporary.rename(final)
        except FileNotFoundError:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return


def _removed_if_orphaned(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    except (BlockingIOError, FileNotFoundError):  # written to, or finished since it was opened
        return False
    finally:
        os.close(descriptor)
    return True


def _sync(folder: Path) -> None:
    """Have the kernel write a folder's entries to the disk: a rename is safe only then."""
    with _opened_folder(folder) as descriptor:
        os.fsync(descriptor)


@contextlib.contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    with _opened_folder(folder) as descriptor:
        fcntl.flock(descriptor, how)
        yield


@contextlib.contextmanager
def _opened_folder(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
