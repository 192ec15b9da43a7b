"""Figures of the filter, put together from what its workers reported last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clamgate.daemon.figures import ClamdFigures, Figures
from clamgate.daemon.master.plan import Plan
from clamgate.daemon.master.values import State, Worker


class Census:
    """Puts figures together, again and again."""

    def __init__(self) -> None:
        self._clamds: Mapping[str, ClamdFigures] = {}

    def take(
        self,
        plan: Plan,
        reloads: Mapping[str, int],
        quarantine: tuple[int, int] | None,
        memory: Mapping[str, int],
    ) -> Figures:
        """Return how things are.

        Args:
            plan: The workers.
            reloads: How many there were, by outcome.
            quarantine: How many messages are stored, and their bytes; None without.
            memory: Bytes by kind of process.
        """
        workers = list(plan.workers.values())
        serving = [worker for worker in workers if worker.state is State.SERVING]
        reports = [worker.report for worker in workers]
        # Workers that have just begun to serve have not tried any: the former ones knew best.
        self._clamds = _clamds(serving, workers) or self._clamds
        return Figures(
            accepting=bool(serving) and not plan.stopping,
            stopping=plan.stopping is not None,
            workers={state.value: sum(w.state is state for w in workers) for state in State},
            processes=tuple(worker.number for worker in workers),
            restarts=plan.restarts,
            reloads=dict(reloads),
            generation=plan.current.number if plan.current else 0,
            connections=sum(report.connections for report in reports),
            in_flight=sum(report.in_flight for report in reports),
            waiting=sum(report.load.waiting for report in reports),
            spool_memory=sum(report.load.spool_memory for report in reports),
            spool_disk=sum(report.load.spool_disk for report in reports),
            clamds=self._clamds,
            quarantine=quarantine,
            memory=dict(memory),
        )


def _clamds(serving: Iterable[Worker], workers: Iterable[Worker]) -> dict[str, ClamdFigures]:
    """Return the clamds as those see them who serve; those of an old conf may be gone for good."""
    views = [worker.report.clamds for worker in serving]
    names = dict.fromkeys(name for view in views for name in view)
    return {
        name: ClamdFigures(
            up=sum(1 for view in views if name in view and view[name].up),
            down=sum(1 for view in views if name in view and not view[name].up),
            version=next((v[name].text for v in views if name in v and v[name].up), ""),
            in_use=sum(worker.report.load.in_use.get(name, 0) for worker in workers),
            reason=next((v[name].text for v in views if name in v and not v[name].up), ""),
        )
        for name in names
    }
