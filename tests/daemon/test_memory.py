"""Memory of the workers over many messages: what a message took is given back.

CLAMGATE_MEMORY_MESSAGES says how many are sent (3000 by default); `pytest --log-cli-level=INFO`
shows what each worker takes before, at each tenth and after.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from bench.load import MilterLoad, Turns
from bench.messages import TEXT_1K, template, tokens
from tests.processes import memory
from tests.running_filter import RunningFilter

from clamgate.harness.private_clamd import PrivateClamd, installed

pytestmark = [
    pytest.mark.skipif(not installed(), reason="clamd is not installed"),
    pytest.mark.timeout(0),  # how long it takes is up to whoever sets the number
]

FIGURES = logging.getLogger(__name__)
MESSAGES = int(os.environ.get("CLAMGATE_MEMORY_MESSAGES", "3000"))
CONNECTIONS = 8
PER_SESSION = 10
"""Messages of one connection: connections come and go, too."""
AT_FIRST = 1000
"""Messages after which a worker has all its threads, and its heap has found its size."""
GROWTH = 3 * 1024
"""KiB that a worker may have more at the end: libmilter's threads and the heap's cracks."""
FOREVER = 24 * 3600.0


def test_what_messages_take_is_given_back(folder: Path) -> None:
    with PrivateClamd(folder / "c") as clamd:
        conf = f"ClamdSocket unix:{clamd.socket_path}\nWorkers 2\nLogClean Basic\nAddHeader Add\n"
        with RunningFilter(folder, conf) as running:
            unique = tokens()
            load = MilterLoad(running.endpoint, template(TEXT_1K))

            def send(messages: int) -> None:
                for _ in range(messages // (CONNECTIONS * PER_SESSION)):
                    load.run(CONNECTIONS, Turns(unique, FOREVER, CONNECTIONS * PER_SESSION))

            workers = running.workers

            def resident() -> dict[int, int]:
                return {pid: memory(pid, "VmRSS") for pid in workers}

            send(AT_FIRST)
            before = resident()
            FIGURES.info("after %d messages: %s KiB", AT_FIRST, list(before.values()))
            for tenth in range(1, 11):
                send(MESSAGES // 10)
                FIGURES.info("after %d/10 more: %s KiB", tenth, list(resident().values()))
            after = resident()
            assert running.workers == workers
    assert max(after[pid] - before[pid] for pid in workers) < GROWTH
