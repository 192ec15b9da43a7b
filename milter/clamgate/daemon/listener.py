"""The socket that MTAs connect to: bound by us, so that owner, mode and backlog are ours."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path

from clamgate.core.settings import Endpoint, Listen, TcpEndpoint, UnixEndpoint
from clamgate.daemon.errors import StartError
from clamgate.daemon.privileges import Account

# Long enough for every connection that Postfix's default process limit can open at once.
_BACKLOG = 512
# sun_path holds 108 bytes with its final NUL (unix(7)).
_MAX_PATH = 107
_SOCKET_BITS = 0o666


@dataclass(frozen=True, slots=True)
class Listener:
    """A bound, listening, non-blocking socket.

    Attributes:
        socket: The socket.
        name: Where it listens, in the words of a conf.
        identity: Device and inode of the unix socket, None for TCP.
        path: The unix socket's path, empty for TCP.
    """

    socket: socket.socket
    name: str
    path: str = ""
    identity: tuple[int, int] | None = None

    def shut(self) -> None:
        """Refuse connections from now on, in every process that shares the socket.

        Closing is not enough: a thread that waits on the socket keeps it listening meanwhile.
        """
        with contextlib.suppress(OSError):  # shut already
            self.socket.shutdown(socket.SHUT_RDWR)

    def withdraw(self) -> None:
        """Stop listening, and remove the unix socket unless another process has replaced it.

        Under another user or root directory the path may be out of reach: it then stays, and the
        next start removes it (FixStaleSocket).
        """
        self.shut()
        self.socket.close()
        if self.identity is not None:
            with contextlib.suppress(OSError):
                if _identity(self.path) == self.identity:
                    Path(self.path).unlink()


def open_listener(listen: Listen, owner: Account | None = None, gid: int | None = None) -> Listener:
    """Bind and listen.

    Args:
        listen: Where, and who may connect.
        owner: The account that a unix socket shall belong to; None leaves it ours.
        gid: The group that it shall belong to; None is the owner's.

    Raises:
        StartError: The address is taken, out of reach, or not ours to use.
    """
    match listen.socket:
        case UnixEndpoint(path):
            return _open_unix(path, listen, owner, gid)
        case TcpEndpoint():
            return _open_tcp(listen.socket)


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
        sock.bind(address)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise StartError(f"MilterSocket {endpoint}: cannot listen: {error.strerror}") from error
    port = sock.getsockname()[1]
    return Listener(sock, str(TcpEndpoint(endpoint.host, port, endpoint.scheme)))


def _open_unix(path: str, listen: Listen, owner: Account | None, gid: int | None) -> Listener:
    if len(os.fsencode(path)) > _MAX_PATH:
        raise StartError(f"MilterSocket {path}: longer than {_MAX_PATH} bytes: use a shorter path")
    _clear_the_way(path, listen)
    # Bound under a name of this process's own, so that nobody meets it before its owner and mode
    # are right, and a socket that is already in place is replaced without a gap.
    temporary = Path(path).parent / f".clamgate.{os.getpid()}"
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        mask = os.umask(0o777)
        try:
            sock.bind(str(temporary))
        finally:
            os.umask(mask)
        _hand_over(temporary, owner, gid, listen.mode if listen.mode is not None else ~mask)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
        identity = _identity(str(temporary))
        temporary.rename(path)
    except OSError as error:
        sock.close()
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StartError(
            f"MilterSocket {path}: cannot create it: {error.strerror} "
            f"(does {Path(path).parent} exist, and may we write there?)"
        ) from error
    return Listener(sock, f"unix:{path}", path, identity)


def _hand_over(path: Path, owner: Account | None, gid: int | None, mode: int) -> None:
    uid = owner.uid if owner else -1
    if gid is None:
        gid = owner.gid if owner else -1
    os.chown(path, uid, gid)
    path.chmod(mode & _SOCKET_BITS)


def _clear_the_way(path: str, listen: Listen) -> None:
    """Refuse to start over anything that is not a socket which nobody serves any more."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(mode):
        raise StartError(f"MilterSocket {path}: something that is no socket is there: remove it")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(5)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            if not listen.fix_stale:
                raise StartError(
                    f"MilterSocket {path}: a stale socket is there: remove it, "
                    "or set FixStaleSocket yes"
                ) from None
            return
        except FileNotFoundError:
            return
        except OSError as error:
            raise StartError(f"MilterSocket {path}: {error.strerror}") from error
    raise StartError(f"MilterSocket {path}: another process listens there: stop it first")


def _identity(path: str) -> tuple[int, int]:
    status = os.lstat(path)
    return status.st_dev, status.st_ino
