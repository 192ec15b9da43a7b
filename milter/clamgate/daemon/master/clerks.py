"""The clerk's post: there is always one, and another one where it has something else to do."""

from __future__ import annotations

from collections.abc import Callable

from clamgate.core.settings import Settings
from clamgate.daemon.clerk.clerk import Clerk
from clamgate.daemon.errors import StartError
from clamgate.daemon.link import Link
from clamgate.daemon.master.post import Job
from clamgate.daemon.master.premises import Premises
from clamgate.daemon.master.reload import same_clerk
from clamgate.observe.history.ring import Ring


def clerk_job(premises: Premises) -> Job:
    """Return the job of writing the log. Lines wait in the channel while nobody does it.

    Args:
        premises: What is read from, and who asks.
    """
    memory = _Memory()

    def main(settings: Settings) -> Callable[[Link], int]:
        control = premises.control.socket if premises.control else None
        history = memory.of_size(premises.history_size(settings))
        clerk = Clerk(settings, premises.account, premises.reader, control, history)

        def run(link: Link) -> int:
            # Whoever can still write keeps the clerk from ending.
            premises.writer.close()
            premises.listener.socket.close()
            premises.close_metrics()
            return clerk.run(link)

        return run

    return Job(
        subject="clerk",
        what="the process that writes the log",
        is_needed=lambda _settings: True,
        is_same=same_clerk,
        main=main,
        boot_time=20.0,
        pause=0.0,
        retry=1.0,
        longest_retry=30.0,
    )


class _Memory:
    """The memory of the history. It is the master's, and clerks share it: so it outlives them."""

    def __init__(self) -> None:
        self._ring: Ring | None = None

    def of_size(self, size: int) -> Ring | None:
        """Return it with room for so many messages, None for 0; what fits in is kept.

        Raises:
            StartError: There is no room for it.
        """
        before = self._ring
        if size == (0 if before is None else before.limit):
            return before
        try:
            self._ring = Ring(size) if size else None
        except OSError as error:
            raise StartError(f"HistorySize {size}: no memory for it: {error.strerror}") from error
        if before is not None:
            if self._ring is not None:
                self._ring.take_over(before)
            before.close()
        return self._ring
