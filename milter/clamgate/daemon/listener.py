"""The socket that MTAs connect to: bound by us, so that owner, mode and backlog are ours."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clamgate.core.settings import Endpoint, Listen, TcpEndpoint, UnixEndpoint
from clamgate.daemon.errors import StartError
from clamgate.daemon.privileges import Account

# Long enough for every connection that Postfix's default process limit can open at once.
_BACKLOG = 512
# sun_path holds 108 bytes with its final NUL (unix(7)).
_MAX_PATH = 107
# The kernel's limit (proc(5), pid_max).
_LAST_PID = 4_194_304
_SOCKET_BITS = 0o666
# Seconds: another filter keeps a folder locked for the time of a bind.
_LOCK_TIME = 5.0
_LOCK_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Listener:
    """A bound, listening, non-blocking socket.

    Attributes:
        socket: The socket.
        name: Where it listens, in the words of a conf.
        identity: Device and inode of the unix socket, None for TCP.
        path: The unix socket's path, empty for TCP.
        lent: Whether it belongs to whoever started us, and goes on listening after us.
    """

    socket: socket.socket
    name: str
    path: str = ""
    identity: tuple[int, int] | None = None
    lent: bool = False

    def shut(self) -> None:
        """Listen no more.

        A unix socket refuses connections from now on, in every process that shares it: a thread
        that waits on it would else keep it listening. A TCP socket is just closed here, and refuses
        when all others have left it: libmilter takes the end of one that it waits on for its own
        end, and breaks off all sessions (tried; it gets POLLHUP without POLLIN). One that is lent
        to us goes on: its connections wait for whoever serves it next.
        """
        if self.lent:
            return
        if self.socket.family == socket.AF_UNIX:
            with contextlib.suppress(OSError):  # shut already
                self.socket.shutdown(socket.SHUT_RDWR)
        else:
            self.socket.close()

    def withdraw(self) -> None:
        """Stop listening, and remove the unix socket unless another process has replaced it.

        If we may not, it stays, and the next start removes it (FixStaleSocket).
        """
        self.shut()
        self.socket.close()
        if self.identity is not None:
            with contextlib.suppress(OSError):
                if _identity(self.path) == self.identity:
                    Path(self.path).unlink()


def open_listener(
    listen: Listen, owner: Account | None = None, gid: int | None = None, *, root: str = ""
) -> Listener:
    """Bind and listen.

    Args:
        listen: Where, and who may connect.
        owner: The account that a unix socket shall belong to; None leaves it ours.
        gid: The group that it shall belong to; None is the owner's.
        root: The directory in which a unix socket's path begins.

    Raises:
        StartError: The address is taken, out of reach, or not ours to use.
    """
    match listen.socket:
        case UnixEndpoint(path):
            place = _Place("MilterSocket", root + path, fix_stale=listen.fix_stale)
            return _open_unix(place, _Access(owner, gid, listen.mode))
        case TcpEndpoint():
            return _open_tcp(listen.socket)


def open_control(path: str, owner: Account | None) -> Listener:
    """Bind the control socket, for its owner (and root) only, and listen.

    Raises:
        StartError: It is taken, out of reach, or not ours to use.
    """
    return _open_unix(_Place("ControlSocket", path), _Access(owner, None, 0o600))


def family_of(endpoint: Endpoint) -> socket.AddressFamily:
    """Return the address family of the socket that will be opened there."""
    match endpoint:
        case UnixEndpoint():
            return socket.AF_UNIX
        case TcpEndpoint():
            return socket.AF_INET6 if endpoint.scheme == "inet6" else socket.AF_INET


def _open_tcp(endpoint: TcpEndpoint) -> Listener:
    family = family_of(endpoint)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it: libmilter writes each edit and the reply by itself, and the MTA
        # would wait for the second until its delayed ACK of the first (some 40 ms).
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address = socket.getaddrinfo(
            endpoint.host or None, endpoint.port, family, socket.SOCK_STREAM, 0, socket.AI_PASSIVE
        )[0][4]
        start_listening(sock, address)
    except OSError as error:
        sock.close()
        raise StartError(f"MilterSocket {endpoint}: cannot listen: {error.strerror}") from error
    port = sock.getsockname()[1]
    return Listener(sock, str(TcpEndpoint(endpoint.host, port, endpoint.scheme)))


def start_listening(sock: socket.socket, address: Any) -> None:
    """Bind a socket and have it listen, with the backlog that all of ours have."""
    sock.bind(address)
    sock.listen(_BACKLOG)
    sock.setblocking(False)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a unix socket is to be, what says so, and whether a dead one there is replaced."""

    directive: str
    path: str
    fix_stale: bool = True

    def refused(self, why: str) -> StartError:
        return StartError(f"{self.directive} {self.path}: {why}")


@dataclass(frozen=True, slots=True)
class _Access:
    """Whose a unix socket is to be, None where that stays as it is; permissions None: by umask."""

    owner: Account | None
    gid: int | None
    mode: int | None


def _open_unix(place: _Place, access: _Access) -> Listener:
    path = place.path
    # It is bound under a name that may be longer, by the number of the process.
    longest = _MAX_PATH - max(0, len(_temporary_name(_LAST_PID)) - len(Path(path).name))
    if len(os.fsencode(path)) > longest:
        raise place.refused(f"longer than {longest} bytes: use a shorter path")
    with _alone_in(Path(path).parent):
        _clear_the_way(place)
        return _put_in_place(place, access)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let other filters that start wait: each would find nobody listening, and replace the other.

    Where the folder cannot be locked, or somebody else keeps it locked, we do without.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # what is wrong with it is said when the socket is made
        yield
        return
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(folder: int) -> None:
    end = time.monotonic() + _LOCK_TIME
    while time.monotonic() < end:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_PAUSE)
        except OSError:  # a file system without locks
            return
        else:
            return


def _put_in_place(place: _Place, access: _Access) -> Listener:
    path = place.path
    # Bound under a name of this process's own, so that nobody meets it before its owner and mode
    # are right, and a socket that is already in place is replaced without a gap.
    temporary = Path(path).parent / _temporary_name(os.getpid())
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        mask = os.umask(0o777)
        try:
            sock.bind(str(temporary))
        finally:
            os.umask(mask)
        _hand_over(temporary, access, ~mask)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
        identity = _identity(str(temporary))
        temporary.rename(path)
    except OSError as error:
        sock.close()
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise place.refused(
            f"cannot create it: {error.strerror} "
            f"(does {Path(path).parent} exist, and may we write there?)"
        ) from error
    return Listener(sock, f"unix:{path}", path, identity)


def _temporary_name(pid: int) -> str:
    return f".clamgate.{pid}"


def _hand_over(path: Path, access: _Access, unmasked: int) -> None:
    uid = access.owner.uid if access.owner else -1
    gid = access.gid
    if gid is None:
        gid = access.owner.gid if access.owner else -1
    os.chown(path, uid, gid, follow_symlinks=False)
    path.chmod((access.mode if access.mode is not None else unmasked) & _SOCKET_BITS)


def _clear_the_way(place: _Place) -> None:
    """Refuse to start over anything that is not a socket which nobody serves any more."""
    path = place.path
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(mode):
        raise place.refused("something that is no socket is there: remove it")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(5)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            if not place.fix_stale:
                raise place.refused(
                    "a stale socket is there: remove it, or set FixStaleSocket yes"
                ) from None
            return
        except FileNotFoundError:
            return
        except OSError as error:
            raise place.refused(error.strerror or str(error)) from error
    raise place.refused("another process listens there: stop it first")


def _identity(path: str) -> tuple[int, int]:
    status = os.lstat(path)
    return status.st_dev, status.st_ino
