from __future__ import annotations

import json
from collections import Counter

from clamgate.daemon.figures import ClamdFigures
from clamgate.daemon.master.census import Census
from clamgate.daemon.master.plan import Plan
from clamgate.daemon.master.values import Ending, Generation, Limits, Start
from clamgate.daemon.reports import ClamdView, Load, Order, Report

UP = ClamdView(up=True, text="ClamAV 1.4")
DOWN = ClamdView(up=False, text="refused")


def serving(reports: list[Report]) -> Plan:
    plan = Plan(0.0)
    plan.reload(Generation.of(1, len(reports), Limits()))
    starts = [action for action in plan.decide(0.0) if isinstance(action, Start)]
    for start, report in zip(starts, reports, strict=True):
        plan.reported(start.worker.number, report, 0.0)
    plan.decide(0.0)
    return plan


def test_figures_are_those_of_all_workers_together() -> None:
    plan = serving(
        [
            Report(3, 2, 1, None, {"a": UP, "b": DOWN}, Load(10, 20, {"a": 1}, 4)),
            Report(4, 3, 1, None, {"a": DOWN, "b": DOWN}, Load(11, 21, {"a": 2, "b": 0}, 5)),
        ]
    )
    figures = Census().take(plan, Counter({"done": 1}), (6, 7), {"master": 8})
    assert json.loads(json.dumps(figures.to_json()))["reloads"] == {"done": 1}
    assert figures.accepting
    assert figures.workers == {"starting": 0, "serving": 2, "draining": 0, "stopping": 0}
    assert figures.processes == (1, 2)
    assert (figures.connections, figures.in_flight, figures.waiting) == (7, 5, 9)
    assert (figures.spool_memory, figures.spool_disk) == (21, 41)
    assert figures.clamds == {
        "a": ClamdFigures(1, 1, "ClamAV 1.4", 3, "refused"),
        "b": ClamdFigures(0, 2, "", 0, "refused"),
    }
    assert (figures.reloads, figures.generation) == ({"done": 1}, 1)
    assert (figures.quarantine, figures.memory) == ((6, 7), {"master": 8})


def test_a_filter_that_starts_or_stops_does_not_accept() -> None:
    starting = Plan(0.0)
    starting.reload(Generation.of(1, 1, Limits()))
    starting.decide(0.0)
    assert not Census().take(starting, {}, None, {}).accepting
    stopping = serving([Report()])
    stopping.stop(Order.STOP)
    stopping.decide(0.0)
    assert not Census().take(stopping, {}, None, {}).accepting


def test_clamds_of_a_conf_that_is_gone_are_gone() -> None:
    census = Census()
    plan = serving([Report(clamds={"old": UP})])
    census.take(plan, {}, None, {})
    plan.reload(Generation.of(2, 1, Limits()))
    (start,) = [action for action in plan.decide(1.0) if isinstance(action, Start)]
    plan.reported(start.worker.number, Report(), 1.0)
    plan.decide(1.0)
    plan.closing(1, 1.0)
    plan.ended(1, Ending(failed=False, reason=""), 1.0)
    assert set(census.take(plan, {}, None, {}).clamds) == {"old"}
    plan.reported(start.worker.number, Report(clamds={"new": UP}), 1.0)
    figures = census.take(plan, {}, None, {})
    assert set(figures.clamds) == {"new"}
