"""A clamd that answers what a test tells it to, and checks what it is sent."""

from __future__ import annotations

import array
import fcntl
import os
import select
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Condition, Event, Thread
from types import TracebackType
from typing import Self

from tests.waiting import PATIENCE

from clamgate.core.settings import Endpoint, TcpEndpoint, UnixEndpoint
from clamgate.harness.ports import free_port

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
OK = b"fd[9]: OK\0"
STREAM_OK = b"stream: OK\0"
TIMED_OUT = b"COMMAND READ TIMED OUT\n"
VERSION = b"ClamAV 1.4.6-fake/1/today\0"


class Exchange:
    """One connection after a command: what a `Behaviour` acts on.

    Args:
        fake: Whose it is.
        peer: The connection.
        command: The command.
        sent: What came behind it already.
        number: Which command of a session it is, from 1; 0 if there is no session.
    """

    def __init__(
        self, fake: FakeClamd, peer: socket.socket, command: bytes, sent: bytes, number: int
    ) -> None:
        self.fake = fake
        self.command = command
        self.said = b""
        self.descriptors: list[int] = []
        self._peer = peer
        self._sent = sent
        self._number = number

    def is_self_test(self) -> bool:
        """Whether the filter is trying out what this clamd looks at; nothing is used up."""
        if self.command == b"zFILDES":
            return bool(self.descriptors) and is_self_test(os.pread(self.descriptors[0], 76, 0))
        self._fill(4)
        self._fill(4 + min(len(EICAR), struct.unpack(">I", self._sent[:4])[0]))
        return self._sent[4:].startswith(EICAR)

    def content(self) -> bytes:
        """Read all that is to be scanned, and take note of it."""
        read = self._by_descriptor if self.command == b"zFILDES" else self._stream
        content = read()
        self.fake.note(content)
        return content

    def send(self, reply: bytes) -> None:
        """Say something; clamd puts the number of a session's command before its reply."""
        if self._number and not self.said and reply != TIMED_OUT:
            self._peer.sendall(b"%d: " % self._number)
        self.said += reply
        self._peer.sendall(reply)

    def send_as(self, number: int, reply: bytes) -> None:
        """Answer as if this were another command of the session."""
        self._number = number
        self.send(reply)

    def stop_reading(self, after: int) -> None:
        """Read so many bytes of a stream, and no more."""
        while len(self._sent) < after and (data := self._peer.recv(after)):
            self._sent += data

    def reset(self) -> None:
        """Close so that the other end gets ECONNRESET."""
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._peer.close()

    def _by_descriptor(self) -> bytes:
        self.fake.check(self._sent == b"\0", f"FILDES is followed by {self._sent!r}")
        self.fake.check(len(self.descriptors) == 1, f"{len(self.descriptors)} descriptors")
        descriptor = self.descriptors[0]
        mode = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
        self.fake.check(mode == os.O_RDWR, f"access mode {mode}")
        self.fake.check(os.lseek(descriptor, 0, os.SEEK_CUR) == 0, "an offset that is not 0")
        if is_self_test(start := os.pread(descriptor, len(EICAR) + 8, 0)):
            return start.ljust(os.fstat(descriptor).st_size, b"\0")
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)

    def _stream(self) -> bytes:
        frames = []
        while length := struct.unpack(">I", self._exactly(4))[0]:
            frames.append(self._exactly(length))
        self.fake.check(not self._sent, f"the stream is followed by {self._sent!r}")
        return b"".join(frames)

    def _exactly(self, count: int) -> bytes:
        self._fill(count)
        wanted, self._sent = self._sent[:count], self._sent[count:]
        return wanted

    def _fill(self, count: int) -> None:
        while len(self._sent) < count:
            data = self._peer.recv(64 * 1024)
            if not data:
                raise ConnectionError("the stream was cut off")
            self._sent += data


Behaviour = Callable[[Exchange], None]


def is_self_test(content: bytes) -> bool:
    return content.startswith(EICAR) and not content[len(EICAR) :].strip(b"\0")


def says(*pieces: bytes) -> Behaviour:
    """Look at everything, say this, and close."""

    def behaviour(exchange: Exchange) -> None:
        exchange.content()
        for piece in pieces:
            exchange.send(piece)

    return behaviour


def closes(exchange: Exchange) -> None:
    """Look at everything and close without a word."""
    exchange.content()


def closes_unread(exchange: Exchange) -> None:
    """Close at the command."""


def resets(exchange: Exchange) -> None:
    exchange.content()
    exchange.reset()


def hangs(exchange: Exchange) -> None:
    """Look at everything and say nothing until `FakeClamd.release`."""
    exchange.content()
    exchange.fake.released.wait()


def stops_stream(reply: bytes, after: int) -> Behaviour:
    """Read so many bytes of a stream, say this, and close with the rest unread."""

    def behaviour(exchange: Exchange) -> None:
        exchange.stop_reading(after)
        exchange.send(reply)

    return behaviour


class FakeClamd:
    """Serves in threads while it is open. At its end it raises what was wrong with requests.

    Args:
        path: Its unix socket; None for a port of 127.0.0.1, which it keeps.
        looks_at: It finds self-tests up to this size and says OK to longer ones; 0: to all.

    Each message is met with the next of the behaviours in `script`, and with OK when there are
    none left. VERSION, STATS and self-tests are answered aside, unless `ill` is set: then by that.
    """

    def __init__(self, path: Path | None = None, *, looks_at: int = 1 << 40) -> None:
        self.looks_at = looks_at
        self.script: list[Behaviour] = []
        self.ill: Behaviour | None = None
        self.released = Event()
        self.messages: list[bytes] = []
        self.self_tests: list[int] = []
        self.versions = 0
        self.connections = 0
        self.max_threads = 10
        self._path = path
        self._port = 0 if path else free_port()
        self._changed = Condition()
        self._complaints: list[str] = []
        self._listener: socket.socket | None = None
        self._peers: set[socket.socket] = set()
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        for thread in self._threads:
            thread.join(10)
        assert self._complaints == []

    @property
    def endpoint(self) -> Endpoint:
        return UnixEndpoint(str(self._path)) if self._path else TcpEndpoint("127.0.0.1", self._port)

    def start(self) -> None:
        """Listen, also again after `stop`."""
        listener = socket.socket(socket.AF_UNIX if self._path else socket.AF_INET)
        if self._path:
            self._path.unlink(missing_ok=True)
            listener.bind(str(self._path))
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self._port))
        listener.listen(200)
        self._listener = listener
        self._in_thread(self._accept, listener)

    def stop(self) -> None:
        """Die: stop listening, and cut every connection off."""
        self.released.set()
        with self._changed:
            if self._listener:
                self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
                self._listener = None
            for peer in self._peers:
                with suppress(OSError):
                    peer.shutdown(socket.SHUT_RDWR)
        if self._path:
            self._path.unlink(missing_ok=True)

    def note(self, content: bytes) -> None:
        with self._changed:
            if is_self_test(content):
                self.self_tests.append(len(content))
            else:
                self.messages.append(content)
            self._changed.notify_all()

    def check(self, condition: bool, complaint: str) -> None:  # noqa: FBT001  as assert has it
        if not condition:
            self._complaints.append(complaint)

    def await_messages(self, count: int) -> None:
        """Wait until it has been given so many messages in all."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.messages) >= count, PATIENCE)

    @property
    def open(self) -> int:
        """How many connections are open."""
        with self._changed:
            return len(self._peers)

    def connected(self) -> frozenset[socket.socket]:
        """Return the connections that the other side has not closed, as the kernel has it.

        `open` may still have one whose end its thread has not come to see.
        """
        with self._changed:
            return frozenset(peer for peer in self._peers if not _is_closed(peer))

    def await_open(self, count: int) -> None:
        """Wait until so many connections are open."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._peers) == count, PATIENCE)

    def await_versions(self, count: int) -> None:
        """Wait until it has been asked for its version so many times in all."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.versions >= count, PATIENCE)

    def _in_thread(self, target: Callable[[socket.socket], None], argument: socket.socket) -> None:
        thread = Thread(target=target, args=(argument,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                with self._changed:
                    if self._listener is not listener:  # we died while it came
                        peer.close()
                        return
                    self._peers.add(peer)
                    self.connections += 1
                    self._changed.notify_all()
                self._in_thread(self._serve, peer)

    def _serve(self, peer: socket.socket) -> None:
        try:
            with suppress(OSError):
                number = 1
                while self._answer(peer, number):
                    number += 1
        finally:
            with self._changed:
                self._peers.discard(peer)
                self._changed.notify_all()
            peer.close()

    def _answer(self, peer: socket.socket, number: int) -> bool:
        """Answer a connection's next command, and say whether there may be another one."""
        descriptors: list[int] = []
        try:
            data = _command(peer, descriptors)
            command, _, rest = data.partition(b"\0")
            in_session = number > 1
            if command == b"zIDSESSION":
                in_session = True
                command, _, rest = rest.partition(b"\0")
            if command == b"" and not descriptors:
                return False
            exchange = Exchange(self, peer, command, rest, number if in_session else 0)
            exchange.descriptors = descriptors
            self._behaviour(exchange)(exchange)
            return in_session and exchange.said.endswith(b"\0")
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _behaviour(self, exchange: Exchange) -> Behaviour:
        if exchange.command == b"zVERSION":
            with self._changed:
                self.versions += 1
                self._changed.notify_all()
            return self.ill or (lambda it: it.send(VERSION))
        if exchange.command == b"zSTATS":
            threads = f"THREADS: live 1  idle 0 max {self.max_threads} idle-timeout 30\nEND\0"
            return self.ill or (lambda it: it.send(threads.encode()))
        self.check(exchange.command in {b"zFILDES", b"zINSTREAM"}, f"{exchange.command!r}")
        if exchange.is_self_test():
            return self.ill or _self_test
        with self._changed:
            ok = OK if exchange.command == b"zFILDES" else STREAM_OK
            return self.script.pop(0) if self.script else says(ok)


def _is_closed(peer: socket.socket) -> bool:
    if (descriptor := peer.fileno()) < 0:
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLRDHUP)
    return bool(poll.poll(0))


def _command(peer: socket.socket, descriptors: list[int]) -> bytes:
    """Read up to the end of a command, and what came with it; the first may begin a session."""
    data = b""
    while b"\0" not in data.removeprefix(b"zIDSESSION\0"):
        piece, rights, _, _ = peer.recvmsg(4096, socket.CMSG_SPACE(4 * 8))
        for level, kind, packed in rights:
            assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
            descriptors += array.array("i", packed[: len(packed) // 4 * 4])
        if not piece:
            return b""
        data += piece
    return data


def _self_test(exchange: Exchange) -> None:
    size = len(exchange.content())
    subject = b"fd[9]" if exchange.command == b"zFILDES" else b"stream"
    found = size <= exchange.fake.looks_at
    exchange.send(subject + (b": Eicar-Test-Signature FOUND\0" if found else b": OK\0"))
