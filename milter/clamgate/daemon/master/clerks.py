"""Keeping a clerk: there is one, it is made anew when it dies, and replaced for a new conf."""

from __future__ import annotations

from collections.abc import Callable

from clamgate.core.settings import Settings
from clamgate.daemon.clerk.clerk import Clerk
from clamgate.daemon.errors import StartError
from clamgate.daemon.link import Link
from clamgate.daemon.master.offspring import Child, Offspring
from clamgate.daemon.master.premises import Premises
from clamgate.observe.history.ring import Ring

_BOOT_TIME = 20.0
_FINISH_TIME = 5.0
_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


class ClerkKeeper:
    """Has a clerk write the log.

    Args:
        offspring: Forks it.
        premises: What it reads from.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, offspring: Offspring, premises: Premises, clock: Callable[[], float]
    ) -> None:
        self.child: Child | None = None
        self.restarts = 0
        self._offspring = offspring
        self._premises = premises
        self._clock = clock
        self._settings: Settings | None = None
        self._history: Ring | None = None
        self._failures = 0
        self._not_before = 0.0

    def start(self, settings: Settings) -> None:
        """Start one, and return once it writes.

        Raises:
            StartError: It cannot, for the reason given.
        """
        premises = self._premises
        self._resize_history(premises.history_size(settings))
        clerk = Clerk(
            settings,
            premises.account,
            premises.reader,
            premises.control.socket if premises.control else None,
            self._history,
        )

        def main(link: Link) -> int:
            # Whoever can still write keeps the clerk from ending.
            premises.writer.close()
            premises.listener.socket.close()
            return clerk.run(link)

        child = self._offspring.fork(main)
        reason = child.reason_not_to_serve(_BOOT_TIME, "the process that writes the log")
        if reason:
            child.link.close()
            raise StartError(reason)
        self.child = child
        self._settings = settings

    def replace(self, settings: Settings) -> None:
        """Have another one write the log as these settings say. Lines wait in the channel.

        It has the history that the one before it wrote.

        Raises:
            StartError: It cannot; `see_to_it` then starts one with the old settings.
        """
        if self.child:
            self.child.link.send({"order": "finish"})
            self.close()
        self.start(settings)

    def reopen(self) -> None:
        """Have it reopen the log."""
        if self.child:
            self.child.link.send({"order": "reopen"})

    def ended(self, child: Child) -> bool:
        """Take note that a child has ended; say whether it was the clerk, who should not have."""
        if child is not self.child:
            return False
        self.child = None
        child.link.close()
        self.restarts += 1
        self._not_before = self._clock()
        return True

    def see_to_it(self) -> None:
        """Start another one if there is none, after a pause if that fails again and again.

        Raises:
            StartError: It cannot be started; a later call tries again.
        """
        if self.child or self._settings is None or self._clock() < self._not_before:
            return
        try:
            self.start(self._settings)
        except StartError:
            pause = min(_PAUSE * (1 << min(self._failures, 10)), _LONGEST_PAUSE)
            self._failures += 1
            self._not_before = self._clock() + pause
            raise
        self._failures = 0

    def close(self) -> None:
        """Wait until it has written the last line. The channel must be closed by then."""
        if not self.child:
            return
        child, self.child = self.child, None
        self._offspring.see_off(child, _FINISH_TIME)

    def _resize_history(self, size: int) -> None:
        """Make the memory of the history; what is remembered is kept, as far as there is room.

        It is the master's, and the clerk shares it: so it outlives the clerk.
        """
        before = self._history
        if size == (0 if before is None else before.limit):
            return
        self._history = Ring(size) if size else None
        if before is not None:
            if self._history is not None:
                self._history.take_over(before)
            before.close()
