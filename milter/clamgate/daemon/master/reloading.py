"""A reload, from being asked for to its outcome; and the settings of each generation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from clamgate.config.loader import Loaded
from clamgate.config.problems import ConfError
from clamgate.core.events import ReloadRefused
from clamgate.core.settings import Settings
from clamgate.daemon import processors
from clamgate.daemon.errors import StartError
from clamgate.daemon.master.clerks import ClerkKeeper
from clamgate.daemon.master.expirers import ExpirerKeeper
from clamgate.daemon.master.plan import Plan
from clamgate.daemon.master.reload import merge, same_clerk
from clamgate.daemon.master.status import ReloadRecord
from clamgate.daemon.master.values import Generation, Limits
from clamgate.daemon.notify import Notifier

Reread = Callable[[], Loaded]
"""Reads the conf anew; raises ConfError."""

_REMEMBERED = 16


class Reloading:
    """Reads the conf anew when asked to, once for any number of requests that came meanwhile.

    Args:
        settings: Those of the first generation.
        reread: Reads the conf.
        clerks: Told of changes to where log lines go.
        expirers: Told of changes to the quarantine.
        notifier: Told that a reload goes on.

    Attributes:
        settings: Those in force.
        generation: The last that was begun.
        records: The last reloads that were asked for, the newest at the end.
    """

    def __init__(
        self,
        settings: Settings,
        reread: Reread,
        clerks: ClerkKeeper,
        expirers: ExpirerKeeper,
        notifier: Notifier,
    ) -> None:
        self.settings = settings
        self.generation = _generation(1, settings)
        self.records: deque[ReloadRecord] = deque(maxlen=_REMEMBERED)
        self._running = ReloadRecord(0)
        self._reread = reread
        self._clerks = clerks
        self._expirers = expirers
        self._notifier = notifier
        self._wanted = False
        self._coming = settings
        self._waiting: tuple[str, ...] = ()

    def want(self) -> ReloadRecord:
        """Ask for a reload, and return the record that will tell of it."""
        if not self._wanted:
            self._wanted = True
            last = self.records[-1].number if self.records else 0
            self.records.append(ReloadRecord(last + 1))
        return self.records[-1]

    def settings_of(self, generation: Generation) -> Settings:
        """Return the settings of a generation that workers are still started for."""
        return self._coming if generation is self.generation else self.settings

    def see_to_it(self, plan: Plan) -> ReloadRefused | None:
        """Begin a reload if one is wanted and can be begun; say why it came to nothing, if so."""
        if not self._wanted or not plan.may_reload:
            return None
        self._wanted = False
        self._running = self.records[-1]
        self._running.state = "running"
        self._notifier.reloading()
        try:
            settings, self._waiting = merge(self.settings, self._reread().settings)
            self._expirers.replace(settings)
            if not same_clerk(self.settings, settings):
                self._clerks.replace(settings)
        except ConfError as error:
            return self._turned_down(tuple(str(problem) for problem in error.problems))
        except StartError as error:
            return self._turned_down((str(error),))
        except Exception as error:  # noqa: BLE001  a conf must not bring down what serves
            return self._turned_down((f"reading the conf: {type(error).__name__}: {error}",))
        self._coming = settings
        self.generation = _generation(self.generation.number + 1, settings)
        plan.reload(self.generation)
        return None

    def done(self) -> tuple[str, ...]:
        """Take note that the new settings are in force; return the directives that are not."""
        self.settings = self._coming
        self._running.state = "done"
        self._running.lines = tuple(
            f"{name}: changed, but only a restart brings it into effect" for name in self._waiting
        )
        return self._waiting

    def refused(self, reasons: tuple[str, ...]) -> ReloadRefused:
        """Take note that no worker could be started with the new settings."""
        try:
            if not same_clerk(self.settings, self._coming):
                self._clerks.replace(self.settings)
        except StartError as error:
            reasons = (*reasons, str(error))
        self._coming = self.settings
        return self._turned_down(reasons)

    def _turned_down(self, reasons: tuple[str, ...]) -> ReloadRefused:
        """Take the quarantine's new settings back, if it has them by now, and tell of it all."""
        try:
            self._expirers.replace(self.settings)
        except StartError as error:
            reasons = (*reasons, str(error))
        self._running.state = "refused"
        self._running.lines = reasons
        self._notifier.ready("Serving; the last reload was refused")
        return ReloadRefused(reasons)


def _generation(number: int, settings: Settings) -> Generation:
    process = settings.process
    limits = Limits(process.drain_timeout, process.stop_timeout, process.max_requests)
    return Generation.of(number, process.workers or processors.usable(), limits)
