"""What the master says of itself and its workers, as plain data for the control socket."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clamgate.daemon.master.post import Post
from clamgate.daemon.master.values import Worker


@dataclass(slots=True)
class ReloadRecord:
    """One reload.

    Attributes:
        number: Counts them, from 1.
        state: ``waiting``, ``running``, ``done`` or ``refused``.
        lines: What there is to say of it: errors of the conf, or what needs a restart.
    """

    number: int
    state: str = "waiting"
    lines: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"number": self.number, "state": self.state, "lines": list(self.lines)}


def master_status(seconds: float) -> dict[str, Any]:
    """Return how we are, who have run for so many seconds."""
    return {
        "title": "clamgate: master",
        **process_status(os.getpid()),
        "seconds": round(seconds, 1),
    }


def post_status(name: str, post: Post) -> dict[str, Any]:
    """Return how the holder of a post is, which ps calls by this name."""
    return {
        "title": f"clamgate: {name}",
        **process_status(post.child.pid if post.child else None),
        "state": post.stage.value,
        "restarts": post.restarts,
    }


def workers_status(
    workers: Iterable[Worker], pids: Mapping[int, int], now: float
) -> list[dict[str, Any]]:
    """Return how each worker is.

    Args:
        workers: All of them.
        pids: Process ids, by a worker's number.
        now: The time.
    """
    return [
        {
            "title": title_of(worker),
            **process_status(pids.get(worker.number)),
            "generation": worker.generation.number,
            "state": worker.state.value,
            "seconds": round(now - worker.since, 1),
            "connections": worker.report.connections,
            "in_flight": worker.report.in_flight,
            "messages": worker.report.messages,
            "restarts": worker.slot.restarts,
        }
        for worker in workers
    ]


def clamds_status(workers: Iterable[Worker]) -> list[dict[str, Any]]:
    """Return how each clamd is, as the workers see it: how many reach it, and a word of theirs."""
    seen: dict[str, dict[str, Any]] = {}
    for worker in workers:
        for name, view in worker.report.clamds.items():
            clamd = seen.setdefault(name, {"clamd": name, "up_for": 0, "down_for": 0, "text": ""})
            clamd["up_for" if view.up else "down_for"] += 1
            if not clamd["text"] or not view.up:
                clamd["text"] = view.text
    return list(seen.values())


def title_of(worker: Worker) -> str:
    """Return what ps calls a worker."""
    return f"clamgate: worker {worker.slot.number} (generation {worker.generation.number})"


def process_status(pid: int | None) -> dict[str, Any]:
    """Return a process's id, and the bytes of memory it has now (None where that is unknown)."""
    return {"pid": pid, "memory": None if pid is None else memory_of(pid) or None}


def memory_of(pid: int) -> int:
    """Return the bytes of memory that a process has now, 0 where that is unknown."""
    with contextlib.suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
