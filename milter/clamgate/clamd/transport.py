"""One connection to a clamd: for one command, or for one scan after the other in a session.

Sockets block, and the kernel ends each wait (SO_RCVTIMEO, SO_SNDTIMEO), so there is no select()
with its limit of 1023 descriptors. A unix socket whose queue is full then makes connect() wait,
where a non-blocking one would be refused.
"""

from __future__ import annotations

import array
import errno
import socket
import struct
from collections.abc import Callable, Iterator
from functools import partial
from types import TracebackType
from typing import Protocol, Self, TypeVar, cast

from clamgate.clamd.errors import (
    BrokenError,
    ClamdError,
    ConnectError,
    OverdueError,
    StaleError,
)
from clamgate.clamd.patience import Patience
from clamgate.clamd.protocol import (
    FILDES,
    IDSESSION,
    STATS,
    VERSION,
    Answer,
    NothingFound,
    ReplyReader,
    Stats,
    is_plain_ok,
    parse_answer,
    parse_max_threads,
    parse_stats,
    parse_version,
    stream_frames,
    without_number,
)
from clamgate.core.settings import Endpoint, TcpEndpoint, UnixEndpoint

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for one TCP address to accept; there may be another."""

_SHORTEST_WAIT = 0.001
"""Seconds; a socket option of 0 would mean for ever."""

_SLACK = 0.05
"""Seconds that a wait may last too long, if that saves telling the kernel anew."""

_PIECE = 4096
"""Bytes that are received at a time, at most."""

_NOTHING_FOUND = NothingFound()

_TIMEVAL = struct.Struct("@ll")

_OURS = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS))
"""Errors in making a socket that say nothing of the clamd."""

_Result = TypeVar("_Result")


class Content(Protocol):
    """Bytes to be scanned, as a descriptor or in pieces (as `core.scanning.ScanSource` has it)."""

    def descriptor(self) -> int:
        """Return a descriptor that holds them."""

    def chunks(self) -> Iterator[bytes]:
        """Yield them in pieces."""


class PatientSocket:
    """A socket whose calls the kernel ends when it is time for a sign of life."""

    __slots__ = ("_limits", "raw")

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self._limits = {socket.SO_SNDTIMEO: 0.0, socket.SO_RCVTIMEO: 0.0}

    def patiently(
        self,
        option: int,
        call: Callable[[], _Result],
        patience: Patience,
        failure: type[ClamdError],
    ) -> _Result:
        """Make a call, again and again as long as it only timed out (connect() goes on too).

        Args:
            option: SO_SNDTIMEO or SO_RCVTIMEO: what ends its wait.
            call: It.
            patience: The caller's.
            failure: What is raised if it goes wrong.
        """
        while True:
            self._limit(option, patience.pause())
            try:
                return call()
            except BlockingIOError:
                pass
            except OSError as error:
                raise failure(_text(error)) from error
            patience.wake()

    def _limit(self, option: int, seconds: float) -> None:
        """Let the kernel end a wait after so many seconds, or somewhat earlier."""
        if seconds / 2 <= self._limits[option] <= seconds + _SLACK:
            return
        seconds = max(_SHORTEST_WAIT, seconds)
        timeval = _TIMEVAL.pack(int(seconds), int(seconds % 1 * 1_000_000))
        self.raw.setsockopt(socket.SOL_SOCKET, option, timeval)
        self._limits[option] = seconds


class Connection:
    """A connected socket.

    Every method raises `BrokenError` if the connection ends too early or gives nonsense, and
    `OverdueError` when the caller's time is over. After that only `close` makes sense.
    """

    def __init__(self, connected: PatientSocket, *, local: bool) -> None:
        """Take a connected socket; a descriptor can be passed over one that is `local`."""
        self._socket = connected
        self._local = local
        self._scans = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def goes_on(self) -> bool:
        """Whether there may be another scan after one that was answered: it is a session.

        A remote clamd is asked once a connection: nothing tells in time that an idle connection
        over a network has gone.
        """
        return self._local

    def close(self) -> None:
        """End it."""
        self._socket.raw.close()

    def version(self, patience: Patience) -> str:
        """Ask what it is."""
        self._send(VERSION, patience)
        return parse_version(self._reply(patience))

    def max_threads(self, patience: Patience) -> int | None:
        """Ask how many messages it scans at once; None if it does not say."""
        self._send(STATS, patience)
        return parse_max_threads(self._reply(patience))

    def stats(self, patience: Patience) -> Stats | None:
        """Ask for its load; None if it does not say."""
        self._send(STATS, patience)
        return parse_stats(self._reply(patience))

    def scan(self, content: Content, patience: Patience) -> Answer:
        """Have it look at these bytes: by descriptor (FILDES) if it is local, else as a stream.

        Raises:
            StaleError: It had ended this session before.
            OSError: The content cannot be had; the clamd is not to blame.
        """
        if not self._local:
            self._send_stream(content.chunks(), patience)
            return parse_answer(self._reply(patience))
        self._scans += 1
        self._send_descriptor(content.descriptor(), patience)
        first = self._receive(patience)
        if is_plain_ok(first, self._scans):
            return _NOTHING_FOUND
        return parse_answer(without_number(self._reply(patience, first), self._scans))

    def _send_descriptor(self, descriptor: int, patience: Patience) -> None:
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))
        again = self._scans > 1
        send = partial(
            self._socket.raw.sendmsg, [FILDES if again else IDSESSION + FILDES], [rights]
        )
        failure = StaleError if again else BrokenError
        self._socket.patiently(socket.SO_SNDTIMEO, send, patience, failure)

    def _send_stream(self, chunks: Iterator[bytes], patience: Patience) -> None:
        """Send it all, unless clamd stops listening: then it has said why."""
        for frame in stream_frames(chunks):
            patience.wake()
            try:
                self._send(frame, patience)
            except BrokenError:
                return

    def _send(self, data: bytes, patience: Patience) -> None:
        rest = memoryview(data)
        while rest:
            send = partial(self._socket.raw.send, rest)
            sent = self._socket.patiently(socket.SO_SNDTIMEO, send, patience, BrokenError)
            rest = rest[sent:]

    def _receive(self, patience: Patience) -> bytes:
        receive = partial(self._socket.raw.recv, _PIECE)
        return self._socket.patiently(socket.SO_RCVTIMEO, receive, patience, BrokenError)

    def _reply(self, patience: Patience, first: bytes | None = None) -> str:
        """Return the reply, which begins with what came first, if anything has come yet."""
        reader = ReplyReader()
        reply = reader.feed(self._receive(patience) if first is None else first)
        while reply is None:
            reply = reader.feed(self._receive(patience))
        return reply


def connect(endpoint: Endpoint, patience: Patience) -> Connection:
    """Connect to a clamd. A host's name is resolved anew, and each of its addresses tried.

    Looking up a name can outlast the caller's time by the resolver's own timeout.

    Raises:
        ConnectError: It cannot be reached.
        OverdueError: The caller's time is over.
        OSError: This process is out of descriptors or memory.
    """
    if isinstance(endpoint, UnixEndpoint):
        return Connection(_connected(socket.AF_UNIX, endpoint.path, patience), local=True)
    reasons = []
    for family, name, address in _addresses(endpoint):
        patience.wake()
        try:
            connected = _connected(family, address, patience.within(CONNECT_TIMEOUT))
        except ConnectError as error:
            reasons.append(f"{name}: {error}")
        except OverdueError:
            if patience.expired:
                raise
            reasons.append(f"{name}: no answer within {CONNECT_TIMEOUT:g} s")
        else:
            # Else the end of a stream would wait for the acknowledgement of what went before.
            connected.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return Connection(connected, local=False)
    raise ConnectError("; ".join(reasons) or f"{endpoint.host}: no address")


_SocketAddress = str | tuple[str, int] | tuple[str, int, int, int]


def _addresses(endpoint: TcpEndpoint) -> Iterator[tuple[int, str, _SocketAddress]]:
    """Yield family, text and address of each of the host's addresses."""
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ConnectError(f"{endpoint.host}: {_text(error)}") from error
    except UnicodeError as error:  # from the idna codec
        raise ConnectError(f"{endpoint.host}: not a host name") from error
    for family, _, _, _, address in found:
        if family in {socket.AF_INET, socket.AF_INET6}:
            yield family, str(address[0]), cast("_SocketAddress", address)


def _connected(family: int, address: _SocketAddress, patience: Patience) -> PatientSocket:
    try:
        made = PatientSocket(socket.socket(family, socket.SOCK_STREAM))
    except OSError as error:
        if error.errno in _OURS:
            raise
        raise ConnectError(_text(error)) from error
    try:
        made.patiently(
            socket.SO_SNDTIMEO, partial(made.raw.connect, address), patience, ConnectError
        )
    except BaseException:
        made.raw.close()
        raise
    return made


def _text(error: OSError) -> str:
    """Return what went wrong, without the number."""
    return error.strerror or str(error)
