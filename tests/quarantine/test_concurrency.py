"""Several processes, with several threads each, store and delete at the same time."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.quarantine.conftest import ready
from tests.quarantine.samples import CONTENT
from tests.waiting import wait_until

from clamgate.quarantine.store import Quarantine, Recovered

PROCESSES = 3
COUNT = 8


def test_many_processes_and_threads_at_once(tmp_path: Path, url: str) -> None:
    store = ready(tmp_path / "store", url)
    command = [
        *(sys.executable, "-m", "tests.quarantine.storing"),
        *(str(store.directory), url, str(COUNT)),
    ]
    kept: set[str] = set()
    with ExitStack() as started:
        workers = []
        for _ in range(PROCESSES):
            worker = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            started.enter_context(worker)
            started.callback(worker.kill)
            workers.append(worker)
        wait_until(lambda: _recover_and_look(store, workers), "the end of all workers", 240)
        for worker in workers:
            out, err = worker.communicate()
            assert (worker.returncode, err) == (0, "")
            kept |= set(out.split())
    assert len(kept) == PROCESSES * COUNT * 3
    assert store.index.ids() == kept
    assert store.recover() == Recovered()
    assert {store.content(row) for row in store.index.select()} == {CONTENT}


def _recover_and_look(store: Quarantine, workers: list[subprocess.Popen[str]]) -> bool:
    store.recover()
    return all(worker.poll() is not None for worker in workers)
