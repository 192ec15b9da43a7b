"""Keeping an expirer, if the conf has a quarantine: made anew when it dies, replaced for a conf."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clamgate.core.events import Event, Fault, QuarantineExpired
from clamgate.core.settings import Settings
from clamgate.daemon.errors import StartError
from clamgate.daemon.expirer import Expirer
from clamgate.daemon.link import Link
from clamgate.daemon.master.offspring import Child, Offspring
from clamgate.daemon.master.premises import Premises

_BOOT_TIME = 30.0
_FINISH_TIME = 5.0
_PAUSE = 30.0
"""Seconds before another one is made in the place of one that has ended: nothing is urgent."""


class ExpirerKeeper:
    """Has an expirer keep the quarantine in order.

    Args:
        offspring: Forks it.
        premises: Nothing of which it needs.
        settings: Those to begin with.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        offspring: Offspring,
        premises: Premises,
        settings: Settings,
        clock: Callable[[], float],
    ) -> None:
        self.child: Child | None = None
        self._offspring = offspring
        self._premises = premises
        self._clock = clock
        self._settings = settings
        self._not_before = 0.0

    def start(self) -> None:
        """Start one if there is a quarantine, and return once messages can be stored there.

        Raises:
            StartError: They cannot, for the reason given.
        """
        if self._settings.quarantine.directory is not None:
            self.child = self._fork()

    def replace(self, settings: Settings) -> None:
        """Have another one do it as these settings say.

        Raises:
            StartError: The quarantine cannot be used; then the one there is goes on.
        """
        if settings.quarantine == self._settings.quarantine:
            return
        before, in_force = self.child, self._settings
        self.child, self._settings = None, settings
        try:
            self.start()
        except StartError:
            self.child, self._settings = before, in_force
            raise
        if before:
            self._end(before)

    def event_of(self, child: Child, message: dict[str, Any]) -> Event | None:
        """Return what an expirer tells of; None if it tells of nothing, or is none."""
        if child is not self.child:
            return None
        if "expired" in message:
            return QuarantineExpired(*message["expired"])
        return Fault("quarantine", message["trouble"]) if "trouble" in message else None

    def ended(self, child: Child) -> bool:
        """Take note that a child has ended; say whether it was ours, which should not have."""
        if child is not self.child:
            return False
        self.child = None
        child.link.close()
        self._not_before = self._clock() + _PAUSE
        return True

    def see_to_it(self) -> None:
        """Start another one if there should be one and is none, after a pause.

        Raises:
            StartError: It cannot be started; a later call tries again.
        """
        if self.child or self._clock() < self._not_before:
            return
        self._not_before = self._clock() + _PAUSE
        self.start()

    def close(self) -> None:
        """End it: what it is just removing is removed first, if that does not take long."""
        child, self.child = self.child, None
        if child:
            self._end(child)

    def _fork(self) -> Child:
        premises = self._premises
        expirer = Expirer(self._settings, premises.account)

        def main(link: Link) -> int:
            premises.close_all()
            return expirer.run(link)

        child = self._offspring.fork(main)
        reason = child.reason_not_to_serve(
            _BOOT_TIME, "the process that keeps the quarantine in order"
        )
        if reason:
            self._end(child)
            raise StartError(reason)
        return child

    def _end(self, child: Child) -> None:
        child.link.send({"order": "stop"})
        self._offspring.see_off(child, _FINISH_TIME)
