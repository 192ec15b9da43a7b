"""The observers of a worker, made from its settings."""

from __future__ import annotations

import sys
from dataclasses import replace

from clamgate.core.events import Observer
from clamgate.core.settings import Settings
from clamgate.daemon.worker.tally import Tally
from clamgate.observe.fanout import Fanout
from clamgate.observe.history.observer import HistoryObserver
from clamgate.observe.log import LogObserver
from clamgate.observe.relay import Relay
from clamgate.observe.virus_action import Bounds, VirusActionRunner


class Observers:
    """Makes a worker's observers, and takes them down at the end.

    Args:
        settings: What is logged, and what is run.
        relay: Where log lines go.
        workers: How many workers share what is bounded for all.
        process: What the log calls this one.
        history: Whether the last messages are remembered.
    """

    def __init__(
        self, settings: Settings, relay: Relay, workers: int, process: str, *, history: bool
    ) -> None:
        self.tally = Tally()
        log = LogObserver(settings.logging, settings.each_recipient, relay.write, process=process)
        observers: list[Observer] = [self.tally, log]
        if history:
            observers.append(HistoryObserver(settings.logging.privacy, relay.enter, process))
        self._actions: VirusActionRunner | None = None
        if settings.virus_action is not None:
            self._actions = VirusActionRunner(
                settings.virus_action,
                settings.each_recipient,
                log,
                _share_of(Bounds(), workers),
            )
            observers.append(self._actions)
        self.observer: Observer = Fanout(observers, _last_resort)

    def start(self) -> None:
        """Make the threads that run VirusAction: from the main thread, before libmilter's."""
        if self._actions is not None:
            self._actions.start()

    def close(self, last_actions: float) -> None:
        """Let programs that run finish, for at most `last_actions` seconds."""
        if self._actions is not None:
            self._actions.close(last_actions)


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
