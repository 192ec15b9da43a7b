"""Where the mail ends up: a downstream SMTP server that keeps what it gets."""

from __future__ import annotations

import socket
from asyncio import AbstractServer
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from threading import Condition
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from tests.waiting import PATIENCE

MAX_BYTES = 256 * 1024 * 1024
READY_SECONDS = 60.0
ACCEPTED = "250 2.0.0 kept"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail as it arrived: envelope addresses without brackets, the exact bytes of DATA."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    def values(self, name: bytes) -> list[bytes]:
        """Return the values of all header fields of this name, in order, folds and all."""
        header = self.content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b"\n ")
        fields = header.replace(b"\r\n\t", b"\n\t").split(b"\r\n")
        split = (field.partition(b":") for field in fields)
        return [
            value.removeprefix(b" ").replace(b"\n", b"\r\n")
            for found, _, value in split
            if found.lower() == name.lower()
        ]

    @property
    def body(self) -> bytes:
        """What follows the header."""
        return self.content.partition(b"\r\n\r\n")[2]


class Sink:
    """An SMTP server on a free port, in a thread of its own.

    Args:
        smtputf8: Whether it offers SMTPUTF8.
        host: The address of this machine to listen on.

    Attributes:
        port: Where it listens, also before it is started.
    """

    def __init__(self, *, smtputf8: bool = True, host: str = "127.0.0.1") -> None:
        self._listener = socket.create_server((host, 0))
        self.port: int = self._listener.getsockname()[1]
        self._deliveries: list[Delivery] = []
        self._refusals: deque[str] = deque()
        self._changed = Condition()
        self._controller = _Controller(self, self._listener, smtputf8=smtputf8)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop()
        self._listener.close()

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """All mail so far, in the order of arrival."""
        with self._changed:
            return tuple(self._deliveries)

    def forget(self) -> None:
        """Drop the mail so far."""
        with self._changed:
            self._deliveries.clear()

    def refuse_next(self, *replies: str) -> None:
        """Answer the next mails so at the end of DATA (``451 4.3.0 later``), and keep none of them.

        A mail that is refused and sent again is the next one once more.
        """
        with self._changed:
            self._refusals.extend(replies)

    def wait_for(self, count: int, timeout: float = PATIENCE) -> tuple[Delivery, ...]:
        """Return all mail once there are `count` of them.

        Raises:
            TimeoutError: Fewer came within `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._deliveries) >= count, timeout):
                raise TimeoutError(f"{len(self._deliveries)} of {count} mails in {timeout:g} s")
            return tuple(self._deliveries)

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take one mail."""
        content = envelope.original_content or b""
        delivery = Delivery(envelope.mail_from or "", tuple(envelope.rcpt_tos), content)
        with self._changed:
            if self._refusals:
                return self._refusals.popleft()
            self._deliveries.append(delivery)
            self._changed.notify_all()
        return ACCEPTED


class _Controller(Controller):
    """aiosmtpd's, on a socket that is bound already (it cannot start on port 0 itself)."""

    def __init__(self, sink: Sink, listener: socket.socket, *, smtputf8: bool) -> None:
        host, port = listener.getsockname()
        super().__init__(
            sink,
            hostname=host,
            port=port,
            data_size_limit=MAX_BYTES,
            ready_timeout=READY_SECONDS,
            enable_SMTPUTF8=smtputf8,
            ident="sink",
        )
        self._listener = listener

    def _create_server(self) -> Awaitable[AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listener)
