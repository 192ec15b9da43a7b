"""The worker processes: which child is which worker of the plan."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping

from clamgate.core.settings import Settings
from clamgate.daemon.link import Link
from clamgate.daemon.master.offspring import Child, Offspring
from clamgate.daemon.master.premises import Premises
from clamgate.daemon.master.status import title_of
from clamgate.daemon.master.values import Ending, Worker
from clamgate.daemon.reports import Order
from clamgate.daemon.worker import worker as process
from clamgate.daemon.worker.observers import Metered


class Crew:
    """Forks workers, and knows them by number and by child.

    Args:
        offspring: Forks them.
        premises: What they serve from.
    """

    def __init__(self, offspring: Offspring, premises: Premises) -> None:
        self._offspring = offspring
        self._premises = premises
        self._children: dict[int, Child] = {}
        self._numbers: dict[Child, int] = {}
        self._silent: set[Child] = set()
        self._failures: dict[Child, str] = {}

    def start(self, worker: Worker, settings: Settings) -> None:
        """Fork a worker.

        Raises:
            StartError: It cannot be forked.
        """
        premises = self._premises
        workers = len(worker.generation.slots)
        job = process.Worker(
            title=title_of(worker),
            settings=process.share_of(settings, workers),
            workers=workers,
            account=premises.account,
            listener=premises.listener.socket,
            channel=premises.writer,
            history=bool(premises.history_size(settings)),
            metered=self._metered(worker),
        )

        def main(link: Link) -> int:
            premises.reader.close()
            if premises.control:
                premises.control.socket.close()
            premises.close_metrics()
            return job.run(link)

        child = self._offspring.fork(main)
        self._children[worker.number] = child
        self._numbers[child] = worker.number

    def _metered(self, worker: Worker) -> Metered | None:
        place = self._premises.metrics
        if place is None:
            return None
        return Metered(place.folder.path, str(worker.number), self._premises.listener.name)

    def tell(self, worker: Worker, order: Order) -> None:
        """Give a worker an order."""
        self._children[worker.number].link.send({"order": order.value})

    def kill(self, worker: Worker) -> None:
        """End a worker at once."""
        self._children[worker.number].kill()

    def children(self) -> Iterable[Child]:
        """Return those who can still say something."""
        return [child for child in self._numbers if child not in self._silent]

    def pids(self) -> Mapping[int, int]:
        """Return process ids by the workers' numbers."""
        return {number: child.pid for number, child in self._children.items()}

    def number_of(self, child: Child) -> int | None:
        """Return which worker a child is, None if it is none."""
        return self._numbers.get(child)

    def name_of(self, worker: Worker) -> str:
        """Return what the log calls a worker."""
        child = self._children.get(worker.number)
        process_id = f", process {child.pid}" if child else ""
        return f"worker {worker.slot.number} (generation {worker.generation.number}{process_id})"

    def hang_up(self, child: Child) -> None:
        """Listen no more to a child that has closed its link, if it is a worker."""
        if child in self._numbers:
            self._silent.add(child)

    def note_failure(self, child: Child, reason: str) -> None:
        """Keep why a child cannot serve, until it has ended."""
        self._failures[child] = reason

    def ended(self, child: Child, status: int) -> Ending:
        """Take note that a child has ended, with this exit code, and return how."""
        del self._children[self._numbers.pop(child)]
        self._silent.discard(child)
        child.link.close()
        reason = self._failures.pop(child, "") or _words(status)
        return Ending(failed=status != 0, reason=reason)


def _words(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}: its sessions are broken off"
    return f"ended with exit status {status}"
