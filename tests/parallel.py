"""How the tests are spread over processes by pytest-xdist, and how those end on ctrl-c.

A worker of xdist is a process with all the tests in it, that runs those it is told to. Each has
session fixtures of its own.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

import pytest
from tests.waiting import wait_until
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

# Run by one worker: their tests share what is dear to start, or there can be one of only.
_TOGETHER = ("tests/image/", "tests/hostile/")

# What takes longest begins first, and what is quick fills up the end.
_FIRST = (
    "tests/image/",
    "tests/oracle_comparison/",
    "tests/e2e/",
    "tests/judge_comparison/",
    "tests/daemon/",
    "tests/prometheus/",
    "tests/cli/",
    "tests/hostile/",
)

# On most tests a processor has little to do: they wait for daemons and for time to pass.
_WORKERS_PER_PROCESSOR = 2

# Seconds: the longest are the ends of the Docker engine, and of a queue that is waited for in vain.
_STOP_SECONDS = 150.0


class FileScheduling(LoadScopeScheduling):
    """Each worker is given a file at a time, so that what the file's tests share is made once.

    Args:
        config: Of the process that hands out the tests.
        log: Of what is handed out.
    """

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False  # the files' order is ours
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in _TOGETHER if file.startswith(folder)), file)


def in_order(items: list[pytest.Item]) -> None:
    """Sort the tests of a worker by when they are to begin."""

    def place(item: pytest.Item) -> int:
        found = (n for n, folder in enumerate(_FIRST) if item.nodeid.startswith(folder))
        return next(found, len(_FIRST))

    items.sort(key=place)


def worker_count() -> int:
    """Return how many workers `-n auto` is to mean."""
    return _WORKERS_PER_PROCESSOR * len(os.sched_getaffinity(0))


def interrupt_once() -> None:
    """Have a worker take one SIGINT, and clean up in peace whatever comes after it."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, lambda _number, _frame: None)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)


class Workers:
    """Those of this run, as a plugin of the process that hands out the tests.

    Raises:
        TimeoutError: After ctrl-c one of them did not come to its end.
    """

    def __init__(self) -> None:
        self._all: list[WorkerController] = []

    def pytest_testnodeready(self, node: WorkerController) -> None:
        """Take note of one that has started."""
        self._all.append(node)

    def pytest_keyboard_interrupt(self) -> None:
        """Wait until they have cleaned up: xdist gives them few seconds, and kills them then."""
        running = [node for node in self._all if not _has_ended(node)]
        for node in running:
            # A terminal has told them already; kill -INT has not.
            os.kill(node.gateway._rinfo().pid, signal.SIGINT)
        wait_until(lambda: all(map(_has_ended, running)), "the workers' end", _STOP_SECONDS)


def _has_ended(node: WorkerController) -> bool:
    return hasattr(node, "workeroutput") or node.channel.isclosed()
