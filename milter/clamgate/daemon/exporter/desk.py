"""Requests meet answers: what is served depends on what the master says."""

from __future__ import annotations

import time
from http import HTTPStatus
from pathlib import Path

from clamgate.daemon import handover
from clamgate.daemon.exporter import folding
from clamgate.daemon.exporter.clamd_stats import ClamdStats
from clamgate.daemon.exporter.gauges import Gauges
from clamgate.daemon.exporter.http import Response
from clamgate.daemon.exporter.inquiry import Inquiry
from clamgate.daemon.exporter.pages import Known, Pages
from clamgate.daemon.exporter.server import Connection
from clamgate.observe.seldom import Seldom


class Desk:
    """Answers requests, once the master has said how things are.

    Args:
        inquiry: Of the master.
        pages: What is served.
        gauges: Told what the master said.
        stats: What clamds say.
        folder: Where workers leave their figures.
    """

    def __init__(
        self, inquiry: Inquiry, pages: Pages, gauges: Gauges, stats: ClamdStats, folder: Path
    ) -> None:
        self._inquiry = inquiry
        self._pages = pages
        self._gauges = gauges
        self._stats = stats
        self._folder = folder
        self._troubles = Seldom(self._tell, time.monotonic)
        self._processes: set[str] = set()

    @property
    def may_answer(self) -> bool:
        """Whether what is known is new, or newer will not come soon."""
        return self._inquiry.settled

    def ask(self) -> None:
        """Ask the master, unless that goes on."""
        if not self._inquiry.open:
            # Before the question: a worker that is made after it is not taken for one that is gone.
            self._processes = folding.processes(self._folder)
            self._inquiry.ask()

    def hear(self) -> bool:
        """Take what the master says, and say whether we are to go on.

        Raises:
            LinkClosedError: The master is gone.
        """
        while (message := self._inquiry.link.receive()) is not None:
            if "order" in message:
                return False
            if self._inquiry.take(message):
                self._fold()
        return True

    def settle(self) -> None:
        """Take note that everybody got an answer; the next one is to be a new one."""
        self._inquiry.give_up()

    def hands_over_to(self, connection: Connection) -> bool:
        """Whether a client is to get the port: another filter, if this one is to stop."""
        request = connection.request
        asks = request is not None and request.path == handover.PATH and request.post
        return asks and connection.is_local and self._inquiry.figures.stopping

    def answer(self, connection: Connection) -> Response:
        """Return the response to a client's request."""
        figures = self._inquiry.figures.without(self._stats.unreachable)
        self._gauges.figures, self._gauges.stats = figures, self._stats.known
        known = Known(figures, self._inquiry.silent)
        if connection.request is None:
            return Response.plain(HTTPStatus.BAD_REQUEST)
        if connection.request.path == handover.PATH:
            return self._hand_over(connection)
        try:
            return self._pages.answer(connection.request, known)
        except Exception as error:  # noqa: BLE001  what cannot be read now may be the next time
            self._troubles.say(f"{connection.request.path}: {type(error).__name__}: {error}")
            return Response.plain(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _hand_over(self, connection: Connection) -> Response:
        if self.hands_over_to(connection):
            return Response.plain(HTTPStatus.OK, f"{handover.NAME} gives this port up")
        if connection.request is not None and not connection.request.post:
            return Response.not_allowed("POST")
        if not connection.is_local:
            return Response.plain(HTTPStatus.FORBIDDEN, f"{handover.NAME}: not from elsewhere")
        return Response.plain(HTTPStatus.CONFLICT, f"{handover.NAME} serves here: stop it first")

    def _tell(self, trouble: str) -> None:
        self._inquiry.link.send({"trouble": trouble})

    def _fold(self) -> None:
        live = {str(number) for number in self._inquiry.figures.processes}
        try:
            folding.fold(self._folder, self._processes - live)
        except (OSError, RuntimeError, ValueError) as error:
            self._troubles.say(f"figures of a worker that has ended: {error}")
        self._processes = set()
