"""Who the process runs as, and what it may reach.

As with the C clamav-milter, all paths of a conf with Chroot are inside of it: log, sockets, pid
file. What is looked up in the system's own files (users, groups) is looked up before.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import resource
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from clamgate.daemon.errors import StartError


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this system."""

    name: str
    uid: int
    gid: int


def account_to_become(user: str | None) -> Account | None:
    """Return the account that User names, or None to stay who we are.

    As with the C clamav-milter, only root can become another user; for others User is void.

    Raises:
        StartError: There is no such user.
    """
    if user is None or os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise StartError(f"User {user}: there is no such user on this system") from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def become(account: Account) -> None:
    """Drop root for good, supplementary groups included.

    Raises:
        StartError: The system refuses.
    """
    try:
        os.initgroups(account.name, account.gid)
        os.setresgid(account.gid, account.gid, account.gid)
        os.setresuid(account.uid, account.uid, account.uid)
    except OSError as error:
        raise StartError(f"User {account.name}: cannot become it: {error.strerror}") from error


@contextlib.contextmanager
def acting_as(account: Account | None) -> Iterator[None]:
    """Act as an account inside the block, and as before after it; None changes nothing.

    Only for a process with a single thread, that can be trusted to come back: it stays root.

    Raises:
        StartError: The system refuses.
    """
    if account is None:
        yield
        return
    _load_what_comes_late()
    uid, gid, groups = os.geteuid(), os.getegid(), os.getgroups()
    try:
        os.initgroups(account.name, account.gid)
        os.setegid(account.gid)
        os.seteuid(account.uid)
    except OSError as error:
        raise StartError(f"User {account.name}: cannot act as it: {error.strerror}") from error
    try:
        yield
    finally:
        os.seteuid(uid)
        os.setegid(gid)
        os.setgroups(groups)


def group_id(name: str | None) -> int | None:
    """Return the id of a group, which may be given by number, None for none.

    Raises:
        StartError: There is no such group.
    """
    if name is None:
        return None
    if name.isdecimal():
        return int(name)
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise StartError(f"MilterSocketGroup {name}: there is no such group") from None


def enter_chroot(directory: str) -> None:
    """Make `directory` the root of the file system as this process sees it.

    Raises:
        StartError: Not root, or no such directory.
    """
    _load_what_comes_late()
    try:
        os.chroot(directory)
        os.chdir("/")
    except OSError as error:
        raise StartError(f"Chroot {directory}: {error.strerror} (only root may)") from error


def _load_what_comes_late() -> None:
    """Use once what Python and the C library load at first use: later it may be out of reach."""
    time.localtime()
    with contextlib.suppress(OSError):
        socket.getaddrinfo("localhost", None)
    "localhost.example".encode("idna")


def raise_descriptor_limit() -> None:
    """Raise the soft limit of open descriptors to the hard one: each connection takes several."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
