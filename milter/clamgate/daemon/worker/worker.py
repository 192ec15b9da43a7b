"""A worker's process: boots, serves, and leaves as it is told."""

from __future__ import annotations

import signal
import socket
import time
from dataclasses import dataclass, replace
from functools import partial

from clamgate.clamd.scanner import ClamdScanner
from clamgate.core.events import Observer
from clamgate.core.settings import Settings
from clamgate.daemon import privileges
from clamgate.daemon.errors import StartError
from clamgate.daemon.link import Link
from clamgate.daemon.privileges import Account
from clamgate.daemon.quarantine import open_quarantine
from clamgate.daemon.reports import Load
from clamgate.daemon.signals import SignalQueue
from clamgate.daemon.title import set_title
from clamgate.daemon.wiring import make_services
from clamgate.daemon.worker.apart import GateApart, StoreApart
from clamgate.daemon.worker.connections import Connections
from clamgate.daemon.worker.duty import Duty
from clamgate.daemon.worker.libmilter import WAKE, LibMilter
from clamgate.daemon.worker.observers import Metered, Observers
from clamgate.daemon.worker.spooled import SpooledFiles
from clamgate.mta.adapter import Adapter
from clamgate.mta.session import Services, Session
from clamgate.observe.relay import Relay
from clamgate.quarantine.gate import SignedReleases

CANNOT_BOOT = 3
"""Exit status of a worker that did not get as far as to serve."""

_LAST_LINES = 2.0
"""Seconds for the last log lines."""


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker's process works with.

    Attributes:
        title: What ps shows.
        settings: Everything a conf says, with this worker's share of what is bounded for all.
        workers: How many share it.
        account: Who to become.
        listener: The socket that MTAs connect to.
        channel: Where log lines, and entries of the history, go.
        history: Whether there is a history.
        metered: How its mail is counted for MetricsListen; None if it is not.
    """

    title: str
    settings: Settings
    workers: int
    account: Account | None
    listener: socket.socket
    channel: socket.socket
    history: bool
    metered: Metered | None = None

    def run(self, link: Link) -> int:
        """Be a worker, and return the exit status.

        Args:
            link: To the master, which gets reports, the first of them once we serve, or the reason
                why we do not (``failed``), and at the end how many messages are cut off
                (``unfinished``). It sends orders. If it is gone we drain.
        """
        set_title(self.title)
        # SIGTERM is to drain; what else ends or reloads the filter is told to the master.
        caught = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, WAKE)
        with SignalQueue(caught) as signals:
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            relay = Relay(self.channel)
            observers = Observers(
                self.settings,
                relay,
                self.workers,
                self.title.removeprefix("clamgate: "),
                history=self.history,
                metered=self.metered,
            )
            spooling, observer = self.settings.spooling, observers.observer
            scanner = ClamdScanner(self.settings.clamd, spooling.max_file_size, observer)
            try:
                services = self._services(scanner, observer)
                engine = LibMilter(ended=signals.wake)
                Adapter(
                    lambda: Session(services),
                    self.settings.exclusions,
                    removes_recipients=self.settings.rules.may_remove_recipients,
                    replaces_bodies=self.settings.rules.may_strip,
                ).register("clamgate")
                probe = engine.start(self.listener.family)
                connections = Connections(self.listener)
                load = partial(_load, services, SpooledFiles(), scanner)
                self._drop_privileges()
            except (StartError, OSError) as error:
                link.send({"failed": f"a worker cannot start: {error}"})
                return CANNOT_BOOT
            relay.start()
            observers.start()
            engine.attach(self.listener)
            self.listener.close()
            scanner.start()
            duty = Duty(
                self.settings,
                services,
                observers.tally,
                engine,
                probe,
                connections,
                signals,
                link,
                load,
                observers.flush,
            )
            status = duty.run()
            scanner.close()
            observers.close(duty.last_actions)
            relay.close(_LAST_LINES)
            return status

    def _services(self, scanner: ClamdScanner, observer: Observer) -> Services:
        quarantine = open_quarantine(self.settings.quarantine)
        if quarantine is None:
            return make_services(self.settings, scanner, observer)
        gate = SignedReleases(quarantine, self.settings.quarantine.release_from, time.time)
        return make_services(
            self.settings, scanner, observer, StoreApart(quarantine), GateApart(gate)
        )

    def _drop_privileges(self) -> None:
        if self.settings.process.chroot is not None:
            privileges.enter_chroot(self.settings.process.chroot)
        if self.account is not None:
            privileges.become(self.account)


def _load(services: Services, files: SpooledFiles, scanner: ClamdScanner) -> Load:
    """Return what this process has in hand."""
    usage = scanner.usage()
    return Load(services.spool_memory(), files.size(), usage.in_use, usage.waiting)


def share_of(settings: Settings, workers: int) -> Settings:
    """Return the settings of one of so many workers: what is bounded for all is divided."""
    spooling = settings.spooling
    return replace(
        settings,
        spooling=replace(spooling, max_memory=spooling.max_memory // workers),
        clamd=replace(settings.clamd, shared_by=workers),
    )
