"""The exporter's process. Mail never waits for it, and the master only answers it.

What workers have counted it reads from their files; how things are now it asks the master, when
somebody asks it, and every minute, so that files of workers that have ended do not pile up.
"""

from __future__ import annotations

import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from clamgate.core.settings import Settings
from clamgate.daemon import privileges
from clamgate.daemon.errors import StartError
from clamgate.daemon.exporter.clamd_stats import ClamdStats
from clamgate.daemon.exporter.collector import WorkersCollector
from clamgate.daemon.exporter.desk import Desk
from clamgate.daemon.exporter.gauges import Gauges
from clamgate.daemon.exporter.inquiry import Inquiry
from clamgate.daemon.exporter.pages import Pages
from clamgate.daemon.exporter.server import Connection, Server
from clamgate.daemon.link import Link, LinkClosedError
from clamgate.daemon.privileges import Account
from clamgate.daemon.title import set_title

_ROUND = 60.0
"""Seconds between two questions that nobody else asks for."""
_LAST_ANSWERS = 1.0
"""Seconds for those who are connected when another exporter takes over."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """What the process works with.

    Attributes:
        settings: Which clamds there are, and what is too old.
        account: Who to become, None to stay who we are.
        listener: Where HTTP clients connect.
        folder: Where workers leave their figures, as it is within Chroot.
    """

    settings: Settings
    account: Account | None
    listener: socket.socket
    folder: Path

    def run(self, link: Link) -> int:
        """Be the process, and return the exit status.

        Args:
            link: To the master: it is told ``ready`` or why not (``failed``), asked for
                ``figures``, and told of ``trouble``. It tells us to ``finish``.
        """
        set_title("clamgate: exporter")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # we end with the filter, not before it
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        try:
            if self.settings.process.chroot is not None:
                privileges.enter_chroot(self.settings.process.chroot)
            if self.account is not None:
                privileges.become(self.account)
        except (StartError, OSError) as error:
            link.send({"failed": str(error)})
            return 1
        stats = ClamdStats(self.settings.clamd.sockets)
        gauges = Gauges([str(endpoint) for endpoint in self.settings.clamd.sockets])
        registry = CollectorRegistry()
        registry.register(WorkersCollector(self.folder))
        registry.register(gauges)
        desk = Desk(
            Inquiry(link, time.monotonic),
            Pages(registry, self.settings.process.ready_max_database_age),
            gauges,
            stats,
            self.folder,
        )
        server = Server(self.listener, time.monotonic)
        server.watch(link.fileno())
        stats.start()
        link.send({"ready": True})
        serve(server, desk)
        return 0


def serve(server: Server, desk: Desk) -> None:
    """Serve until told to finish, or until the master is gone."""
    waiting: list[Connection] = []
    desk.ask()
    due = time.monotonic() + _ROUND
    while True:
        waiting += server.wait(0.1 if waiting else 1.0)
        try:
            if not desk.hear():
                break
        except LinkClosedError:
            return
        if waiting and desk.may_answer:
            for connection in waiting:
                if desk.hands_over_to(connection):
                    server.give_up()
                server.answer(connection, desk.answer(connection))
            waiting = []
            desk.settle()
        elif waiting or time.monotonic() >= due:
            due = time.monotonic() + _ROUND
            desk.ask()
    server.shut()
    _serve_the_last(server, desk, waiting)
    server.close()


def _serve_the_last(server: Server, desk: Desk, waiting: list[Connection]) -> None:
    end = time.monotonic() + _LAST_ANSWERS
    while server.busy:
        for connection in waiting:
            server.answer(connection, desk.answer(connection))
        waiting = server.wait(0.1)
        # Who has asked is answered, also where it was we who were held up for so long.
        if not waiting and time.monotonic() >= end:
            return
