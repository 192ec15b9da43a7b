"""The observers of a worker, made from its settings."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from clamgate.core.events import Fault, Observer
from clamgate.core.settings import LogFormat, Settings
from clamgate.daemon.worker.tally import Tally
from clamgate.observe.fanout import Fanout
from clamgate.observe.history.observer import HistoryObserver
from clamgate.observe.later import Chronicler, Later
from clamgate.observe.log import LogObserver
from clamgate.observe.metrics.counts import Counts
from clamgate.observe.relay import Relay
from clamgate.observe.virus_action import Bounds, VirusActionRunner

if TYPE_CHECKING:  # 3 MiB, which only MetricsListen is worth
    from clamgate.observe.metrics.families import MailMetrics


_LAST_EVENTS = 2.0
"""Seconds for the observers to be told of the last events."""


@dataclass(frozen=True, slots=True)
class Metered:
    """What a worker needs for its metrics.

    Attributes:
        folder: Where its figures go, as it is within Chroot.
        process: A name for the worker that no other ever has.
        listener: Where MTAs reach it.
    """

    folder: Path
    process: str
    listener: str


class Observers:
    """Makes a worker's observers, and takes them down at the end.

    Args:
        settings: What is logged, and what is run.
        relay: Where log lines go.
        workers: How many workers share what is bounded for all.
        process: What the log calls this one.
        history: Whether the last messages are remembered.
        metered: How its mail is counted for MetricsListen; None if it is not.
    """

    def __init__(  # noqa: PLR0913  only a worker makes one
        self,
        settings: Settings,
        relay: Relay,
        workers: int,
        process: str,
        *,
        history: bool,
        metered: Metered | None,
    ) -> None:
        self.tally = Tally()
        log = LogObserver(
            settings.logging, settings.each_recipient, relay.add_line, process=process
        )
        chroniclers: list[Chronicler] = [log]
        if history and settings.logging.format is not LogFormat.JSON:  # else that is what it keeps
            chroniclers.append(HistoryObserver(settings.logging.privacy, relay.add_entry, process))
        self._counts: Counts | None = None
        self._metrics: MailMetrics | None = None
        self._metered = metered
        self._settings = settings
        if metered is not None:
            self._counts = Counts()
            chroniclers.append(self._counts)
        self._later = Later(
            chroniclers,
            relay.flush,
            _last_resort,
            ignores=log.ignores if chroniclers == [log] else None,
        )
        observers: list[Observer] = [self.tally, self._later]
        self._actions: VirusActionRunner | None = None
        if settings.virus_action is not None:
            self._actions = VirusActionRunner(
                settings.virus_action,
                settings.each_recipient,
                self._later,
                _share_of(Bounds(), workers),
            )
            observers.append(self._actions)
        self.observer: Observer = Fanout(observers, _last_resort)

    def start(self) -> None:
        """Make the threads that run VirusAction: from the main thread, before libmilter's.

        Metrics that cannot be had are told of, and done without: mail comes first.
        """
        if self._actions is not None:
            self._actions.start()
        self._later.start()
        if self._metered is not None:
            clamds = [str(endpoint) for endpoint in self._settings.clamd.sockets]
            try:
                self._metrics = _metrics(self._metered, clamds, self._settings.rules.classes.names)
            except OSError as error:
                reason = f"this worker's mail is not counted: {error.strerror} ({error.filename})"
                self.observer.observe(Fault("metrics", reason))

    def flush(self) -> None:
        """Put what has happened since the last call where it is read. For the main thread."""
        self._later.catch_up()
        if self._counts is None:
            return
        batch = self._counts.take()
        if self._metrics is None:
            return
        try:
            self._metrics.take(batch)
        except Exception as error:  # noqa: BLE001  figures must not bring down what serves
            self._metrics = None
            reason = f"this worker's mail is counted no more: {type(error).__name__}: {error}"
            self.observer.observe(Fault("metrics", reason))

    def close(self, last_actions: float) -> None:
        """Let programs that run finish, for at most `last_actions` seconds, and tell the rest."""
        if self._actions is not None:
            self._actions.close(last_actions)
        self._later.close(_LAST_EVENTS)
        self.flush()


def _metrics(metered: Metered, clamds: Collection[str], classes: Collection[str]) -> MailMetrics:
    from clamgate.observe.metrics.families import MailMetrics  # noqa: PLC0415  see above

    return MailMetrics(metered.folder, metered.process, metered.listener, clamds, classes)


def _share_of(bounds: Bounds, workers: int) -> Bounds:
    """Return what one of so many workers may take of what is bounded for all."""
    return replace(
        bounds,
        at_once=max(1, bounds.at_once // workers),
        waiting=max(1, bounds.waiting // workers),
    )


def _last_resort(text: str) -> None:
    sys.stderr.write(f"WARNING: {text}\n")
    sys.stderr.flush()
