"""Opening a file to append to, in a folder that others may write to, perhaps as root."""

from __future__ import annotations

import errno
import fcntl
import os
import stat

# Owner (user id, group id) that a file is to have.
Owner = tuple[int, int]

_MODE = 0o640
# NOFOLLOW: whoever may write to the folder must not choose which file root writes to.
# NONBLOCK: a named pipe without a reader must not hold up the start.
_FLAGS = (
    os.O_WRONLY
    | os.O_APPEND
    | os.O_CREAT
    | os.O_NOFOLLOW
    | os.O_NOCTTY
    | os.O_NONBLOCK
    | os.O_CLOEXEC
)
_NO_LOCKS_HERE = (errno.EOPNOTSUPP, errno.ENOLCK, errno.ENOSYS)


class LogFileError(OSError):
    """LogFile cannot be used. The text is for people: it names the file and what would be right."""


def open_to_append(path: str, owner: Owner | None, *, lock: bool) -> int:
    """Open a file for appending, with mode 0640 less the umask if it is new.

    A symbolic link is refused, as by the C program. So is a file of several names when its owner
    would have to change: the C program gives away whatever the link points at.

    Args:
        path: The file.
        owner: Who it must belong to if we are root now and another user later.
        lock: Whether to lock it against other processes (by fcntl, as the C program does, so the
            two exclude each other). A file system without locks is left unlocked.

    Returns:
        A descriptor, close-on-exec.

    Raises:
        LogFileError: It cannot be opened, is no file to append to, or is locked.
    """
    try:
        descriptor = os.open(path, _FLAGS, _MODE)
    except OSError as error:
        raise LogFileError(f"LogFile {path}: cannot open it: {_reason(error)}") from error
    try:
        _check_and_own(descriptor, path, owner)
        if lock:
            _lock(descriptor, path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def is_regular(descriptor: int) -> bool:
    """Tell a file that grows and can be moved from a device such as /dev/null."""
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def _lock(descriptor: int, path: str) -> None:
    if not is_regular(descriptor):
        return
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _NO_LOCKS_HERE:
            return
        raise LogFileError(
            f"LogFile {path}: another process has locked it (a filter that runs already?): stop "
            "that one, or name another file, or let several write to it with LogFileUnlock yes"
        ) from error


def _check_and_own(descriptor: int, path: str, owner: Owner | None) -> None:
    status = os.fstat(descriptor)
    if stat.S_ISCHR(status.st_mode):
        return
    if not stat.S_ISREG(status.st_mode):
        raise LogFileError(
            f"LogFile {path}: not a regular file: name one, or one that is not there"
        )
    if owner is None or os.geteuid() != 0 or status.st_uid == owner[0]:
        return
    if status.st_nlink != 1:
        raise LogFileError(
            f"LogFile {path}: has other names (hard links) and belongs to another user: remove it"
        )
    try:
        os.fchown(descriptor, *owner)
    except OSError as error:
        raise LogFileError(
            f"LogFile {path}: cannot give it to User (uid {owner[0]}): {error.strerror}"
        ) from error


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "it is a symbolic link, which is not followed: name the file itself"
    if error.errno == errno.ENXIO:
        return "not a regular file"
    return error.strerror or str(error)
