from __future__ import annotations

import os

from clamgate.daemon.master.status import (
    ReloadRecord,
    clamds_status,
    process_status,
    workers_status,
)
from clamgate.daemon.master.values import Generation, Limits, State, Worker
from clamgate.daemon.reports import ClamdView, Report

UP = ClamdView(up=True, text="ClamAV 1.4")
DOWN = ClamdView(up=False, text="refused")


def worker(number: int, **clamds: ClamdView) -> Worker:
    slot = Generation.of(2, 3, Limits()).slots[number - 1]
    slot.restarts = 4
    generation = Generation.of(2, 3, Limits())
    report = Report(connections=3, in_flight=2, messages=1, clamds=clamds)
    return Worker(number, slot, generation, State.SERVING, 90.0, 99.0, report)


def test_a_worker_in_plain_data() -> None:
    (status,) = workers_status([worker(1)], {1: os.getpid()}, now=100.0)
    assert status.pop("memory") > 1 << 20
    assert status == {
        "title": "clamgate: worker 1 (generation 2)",
        "pid": os.getpid(),
        "generation": 2,
        "state": "serving",
        "seconds": 10.0,
        "connections": 3,
        "in_flight": 2,
        "messages": 1,
        "restarts": 4,
    }


def test_a_clamd_is_what_all_workers_see_of_it_together() -> None:
    workers = [worker(1, a=UP, b=UP), worker(2, a=DOWN), worker(3, a=UP)]
    assert clamds_status(workers) == [
        {"clamd": "a", "up_for": 2, "down_for": 1, "text": "refused"},
        {"clamd": "b", "up_for": 1, "down_for": 0, "text": "ClamAV 1.4"},
    ]


def test_a_process_that_is_gone_has_no_memory() -> None:
    assert process_status(None) == {"pid": None, "memory": None}


def test_a_reload_in_plain_data() -> None:
    assert ReloadRecord(3, "refused", ("x",)).to_json() == {
        "number": 3,
        "state": "refused",
        "lines": ["x"],
    }
