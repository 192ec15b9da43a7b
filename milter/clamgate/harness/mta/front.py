"""The MTA as a whole, to be started and stopped: see `Front`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ssl import SSLContext
from threading import Thread
from types import TracebackType
from typing import Self
from weakref import WeakSet

from clamgate.harness.mta.delivery import Downstream
from clamgate.harness.mta.dialogue import House
from clamgate.harness.mta.filters import Milter
from clamgate.harness.mta.hold import HoldQueue
from clamgate.harness.mta.report import Onlooker
from clamgate.harness.mta.server import Manners, Server

BACKLOG = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms clients are served.

    Attributes:
        listen: Address and port; with port 0 a free one is taken.
        name: Our host name (macro ``j``).
        size_limit: The largest message in bytes, 0 for any.
        tls: Offers STARTTLS with it.
        logins: Names and passwords; with some of them, AUTH is offered.
        idle_seconds: How long a client may be silent.
    """

    listen: tuple[str, int] = ("127.0.0.1", 0)
    name: str = "mx.example.net"
    size_limit: int = 100 * 1024 * 1024
    tls: SSLContext | None = None
    logins: Mapping[str, str] = field(default_factory=dict)
    idle_seconds: float = 300.0


class Front:
    """An SMTP server that asks milters as Postfix does. As a context manager it serves meanwhile.

        milters = [Milter("/run/filter.sock")]
        with Front(milters, Relay("127.0.0.1", 25), HoldQueue(folder)) as front:
            client = smtplib.SMTP("127.0.0.1", front.port)

    Args:
        milters: Asked in this order, each with its default action and deadlines.
        downstream: Where mail goes that they let pass: `Relay`, `MaildirBox` or `Drop`.
        hold: Where quarantined mail goes.
        terms: On what terms clients are served.
        onlooker: Told what happens.

    Attributes:
        port: Where it listens, from its construction on.

    Raises:
        OSError: It cannot listen there.
    """

    def __init__(
        self,
        milters: Sequence[Milter],
        downstream: Downstream,
        hold: HoldQueue,
        terms: Terms | None = None,
        onlooker: Onlooker | None = None,
    ) -> None:
        terms = terms or Terms()
        self._house = House(
            name=terms.name,
            milters=tuple(milters),
            downstream=downstream,
            hold=hold,
            size_limit=terms.size_limit,
            onlooker=onlooker or Onlooker(),
        )
        self._manners = Manners(terms.tls, dict(terms.logins), terms.idle_seconds)
        self._listener = _listen(terms.listen)
        self.port: int = self._listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._sessions: WeakSet[Server] = WeakSet()
        self._thread = Thread(target=self._loop.run_forever, name="smtp-front", daemon=True)

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

    def start(self) -> None:
        """Begin to serve. It can be started once."""
        self._thread.start()
        serving = self._loop.create_server(self._session, sock=self._listener, backlog=BACKLOG)
        asyncio.run_coroutine_threadsafe(serving, self._loop).result()

    def stop(self) -> None:
        """Listen no more, and break off all sessions; mail that is being handed on goes through.

        It can be called again.
        """
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for session in list(self._sessions):
            session.await_end()
        self._loop.close()

    def _session(self) -> Server:
        session = Server(self._house, self._manners, self._loop)
        self._sessions.add(session)
        return session

    async def _end(self) -> None:
        self._loop.remove_reader(self._listener)
        self._listener.close()
        for session in list(self._sessions):
            session.break_off()
        tasks = asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _listen(address: tuple[str, int]) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    listener = socket.create_server(address, family=family, backlog=BACKLOG)
    listener.setblocking(False)
    return listener
