"""The folders that are mounted, or not: are they there, and may the services write to them."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from clamgate.container.errors import ContainerError


def make_socket_folder(folder: Path, owner: str) -> None:
    """See that a socket can be made in a folder.

    Args:
        folder: Made if it is missing, as with a tmpfs on /run; given to `owner` if it is root's, as
            one of the host is that docker has made.
        owner: The user that the service becomes, if we are root.

    Raises:
        ContainerError: It cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            _open_to(folder, pwd.getpwnam(owner))
    except (OSError, LookupError) as error:
        raise ContainerError(f"{folder}: cannot make it, or give it to {owner}: {error}") from None
    if not os.access(folder, os.W_OK):
        raise ContainerError(
            f"{folder}: user {os.geteuid()} cannot make a socket there: change the owner or the"
            " mode of the folder that is mounted, or run as its owner (--user)"
        )


def make_writable(folder: Path, owner: str) -> str | None:
    """See that `owner` can write to a folder, or we, if we are not root. Its owner may be changed.

    Returns:
        Why not; None if so.
    """
    if not folder.is_dir():
        return "there is no such folder"
    if not os.access(folder, os.W_OK):  # also for root, if the file system is mounted read-only
        return f"it is read-only for user {os.geteuid()}"
    if os.geteuid() != 0:
        return None
    try:
        account = pwd.getpwnam(owner)
        _give(folder, account)
        for path in _files(folder):
            with contextlib.suppress(FileNotFoundError):  # replaced, by whoever else mounts it
                _give(path, account)
    except (OSError, KeyError) as error:
        return f"cannot give it to {owner}: {error}"
    return None


def _give(path: Path, account: pwd.struct_passwd) -> None:
    if path.lstat().st_uid != account.pw_uid:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file() and not path.is_symlink())


def _open_to(folder: Path, account: pwd.struct_passwd) -> None:
    """Give root's folder to a user who could not write to it.

    Raises:
        ContainerError: It is somebody else's.
    """
    found = folder.stat()
    if account.pw_uid in {0, found.st_uid} or _may_write(found, account):
        return
    if found.st_uid != 0:
        raise ContainerError(
            f"{folder}: {account.pw_name} cannot make a socket there: it is user {found.st_uid}'s,"
            " and closed to others; change its mode, or run as its owner (--user)"
        )
    os.chown(folder, account.pw_uid, account.pw_gid)


def _may_write(found: os.stat_result, account: pwd.struct_passwd) -> bool:
    groups = os.getgrouplist(account.pw_name, account.pw_gid)
    bit = stat.S_IWGRP if found.st_gid in groups else stat.S_IWOTH
    return bool(found.st_mode & bit)
