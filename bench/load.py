"""The two kinds of load: messages to a milter, and the same bytes straight to clamd.

Both are closed loops: each connection sends its next message when the last one is answered.
"""

from __future__ import annotations

import array
import os
import resource
import socket
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from bench.conversation import READ, Conversation, Wait, connected, converse, send
from bench.messages import TOKEN, scanned_bytes
from bench.script import Burst, compose
from clamgate.harness.link import Link
from clamgate.harness.mail import Message
from clamgate.harness.wire import Options, Steps, encode, offer

_NOT_FINAL = frozenset(b"phmiq+-23be")
"""Letters of progress and of edits, after which more is to come (libmilter, mfdef.h)."""
_LENGTH = 4
_RECEIVE = 65536
_GOOD = frozenset(b"ca")


class LoadError(Exception):
    """What is measured does not do what it should."""


@dataclass(slots=True)
class Outcome:
    """What came of a load.

    Attributes:
        latencies: Seconds that each message took, from its first byte to its answer.
        seconds: How long all of them took.
        answers: How many messages got which last word.
        cpu: Processor seconds that the load itself took.
    """

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    cpu: float = 0.0


class Turns:
    """Hands out tokens to all connections of a load, until time or number is used up.

    Args:
        tokens: From `messages.tokens`.
        seconds: How long, from now.
        most: How many at most.
        least: How many at least, whatever the time.
    """

    def __init__(
        self, tokens: Iterator[bytes], seconds: float, most: int | None = None, least: int = 0
    ) -> None:
        self._tokens = tokens
        self._until = time.perf_counter() + seconds
        self._most = most
        self._least = least
        self._given = 0

    def __iter__(self) -> Iterator[bytes]:
        """Yield tokens; any number of iterators share them."""
        while self._given != self._most and (
            self._given < self._least or time.perf_counter() < self._until
        ):
            self._given += 1
            yield next(self._tokens)


class MilterLoad:
    """Sends messages to a milter over connections that stay, as an MTA's busy sessions do.

    Args:
        endpoint: The milter's unix socket.
        message: From `messages.template`.
    """

    def __init__(self, endpoint: str, message: Message) -> None:
        # Without SKIP, by which a filter may decline the rest of a body: none of those measured
        # here has a use for it in mail of these sizes.
        offered = offer()
        self._offer = Options(offered.version, offered.actions, offered.steps & ~Steps.SKIP)
        self._endpoint = endpoint
        with Link(endpoint, self._offer) as link:
            self._script = compose(message, link.session)

    @property
    def bursts(self) -> int:
        """How many times a message has to wait for a reply."""
        return len(self._script.message)

    def run(self, connections: int, turns: Turns) -> Outcome:
        """Send messages over so many connections at a time until the turns end."""
        return run_sessions(lambda outcome: self._session(iter(turns), outcome), connections)

    def _session(self, tokens: Iterator[bytes], outcome: Outcome) -> Conversation:
        with connected(self._endpoint) as sock:
            yield from send(sock, [encode(self._offer)])
            yield from _reply(sock)
            for burst in self._script.opening:
                yield from _step(sock, burst, b"")
            for token in tokens:
                began = time.perf_counter()
                *steps, last = self._script.message
                for burst in steps:
                    yield from _step(sock, burst, token)
                yield from send(sock, last.buffers(token))
                letter = yield from _reply(sock)
                outcome.latencies.append(time.perf_counter() - began)
                outcome.answers[chr(letter)] += 1
                if letter not in _GOOD:
                    raise LoadError(f"a clean message was answered with {chr(letter)!r}")


class ClamdLoad:
    """Sends the same bytes straight to clamd: a descriptor of a file in memory, as FILDES.

    Args:
        path: clamd's unix socket.
        message: From `messages.template`.
    """

    bursts = 1

    def __init__(self, path: str, message: Message) -> None:
        head, *tail = scanned_bytes(message).split(TOKEN)
        self._pieces = [head, *tail[:-1], tail[-1][:_RECEIVE]]
        self._rest = memoryview(tail[-1])[_RECEIVE:]
        self._path = path

    def run(self, connections: int, turns: Turns) -> Outcome:
        """Send messages over so many connections at a time until the turns end."""
        return run_sessions(lambda outcome: self._session(iter(turns), outcome), connections)

    def _session(self, tokens: Iterator[bytes], outcome: Outcome) -> Conversation:
        for token in tokens:
            began = time.perf_counter()
            memory = os.memfd_create("bench-message", os.MFD_CLOEXEC)
            try:
                os.write(memory, token.join(self._pieces))
                if self._rest:
                    os.write(memory, self._rest)
                os.lseek(memory, 0, os.SEEK_SET)
                with connected(self._path) as sock:
                    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [memory]))
                    sock.sendmsg([b"zFILDES\0\0"], [rights])
                    yield sock, READ
                    answer = sock.recv(_RECEIVE)
            finally:
                os.close(memory)
            outcome.latencies.append(time.perf_counter() - began)
            word = answer.rstrip(b"\0").rpartition(b": ")[2].decode()
            outcome.answers[word] += 1
            if word != "OK":
                raise LoadError(f"clamd says {word!r} to a clean message")


Load = MilterLoad | ClamdLoad


def load_of(path: str, message: Message, *, bare: bool) -> Load:
    """Return the load for a milter's socket, or for bare clamd's."""
    return ClamdLoad(path, message) if bare else MilterLoad(path, message)


def _step(sock: socket.socket, burst: Burst, token: bytes) -> Conversation:
    """Send a burst, and wait for the reply, if there is to be one, that lets the message go on."""
    yield from send(sock, burst.buffers(token))
    if not burst.answered:
        return
    letter = yield from _reply(sock)
    if letter != ord("c"):
        raise LoadError(f"a clean message was answered early, with {chr(letter)!r}")


def _reply(sock: socket.socket) -> Generator[Wait, None, int]:
    """Read up to the reply that ends what was sent, and return its letter."""
    buffer = b""
    while True:
        yield sock, READ
        data = sock.recv(_RECEIVE)
        if not data:
            raise LoadError("the filter closed the connection")
        buffer += data
        while len(buffer) > _LENGTH:
            end = _LENGTH + int.from_bytes(buffer[:_LENGTH], "big")
            if len(buffer) < end:
                break
            letter = buffer[_LENGTH]
            buffer = buffer[end:]
            if letter not in _NOT_FINAL:
                return letter


def run_sessions(session: Callable[[Outcome], Conversation], connections: int) -> Outcome:
    """Hold so many conversations at a time, and return what came of all."""
    outcome = Outcome()
    before, began = _cpu(), time.perf_counter()
    converse(session(outcome) for _ in range(connections))
    outcome.seconds = time.perf_counter() - began
    outcome.cpu = _cpu() - before
    return outcome


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
