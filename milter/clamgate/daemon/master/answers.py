"""What the master answers those who ask: how it and its processes are, and that it will reload."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from clamgate.daemon.figures import Figures
from clamgate.daemon.master.census import Census
from clamgate.daemon.master.crew import Crew
from clamgate.daemon.master.plan import Plan
from clamgate.daemon.master.post import Post
from clamgate.daemon.master.reloading import Reloading
from clamgate.daemon.master.status import (
    clamds_status,
    master_status,
    memory_of,
    post_status,
    workers_status,
)
from clamgate.version import version


@dataclass(frozen=True, slots=True)
class Posts:
    """The processes of which there is one each."""

    clerk: Post
    expirer: Post
    exporter: Post

    @property
    def all(self) -> tuple[Post, ...]:
        """Return each of them."""
        return (self.clerk, self.expirer, self.exporter)


class Answers:
    """Answers requests of the control socket and of the exporter. It changes nothing but a reload.

    Args:
        listening: What is served.
        plan: The workers.
        crew: Their processes.
        posts: The other ones.
        reloading: What is known of reloads.

    Attributes:
        messages: Those of workers that are gone.
        stored: How many messages the quarantine has, and their bytes, as far as was told.
    """

    def __init__(
        self, listening: str, plan: Plan, crew: Crew, posts: Posts, reloading: Reloading
    ) -> None:
        self.messages = 0
        self.stored: tuple[int, int] | None = None
        self._listening = listening
        self._plan = plan
        self._crew = crew
        self._posts = posts
        self._reloading = reloading
        self._census = Census()
        self._started = time.monotonic()

    def answer(self, ask: dict[str, Any], *, has_quarantine: bool) -> dict[str, Any]:
        """Return the answer to a request.

        Args:
            ask: It.
            has_quarantine: Whether the conf in force has one.
        """
        match ask["command"]:
            case "status":
                return self._status()
            case "figures":
                figures = self._figures(has_quarantine=has_quarantine)
                return {"ok": True, "figures": figures.to_json()}
            case "reload":
                self._posts.clerk.tell("reopen")
                return {"ok": True, "reload": self._reloading.want().to_json()}
            case other:
                return {"ok": False, "error": f"there is no command {other!r} here"}

    def _status(self) -> dict[str, Any]:
        plan, posts = self._plan, self._posts
        workers = list(plan.workers.values())
        now = time.monotonic()
        return {
            "ok": True,
            "program": f"clamgate {version()}",
            "state": "stopping" if plan.stopping else "serving",
            "listening": self._listening,
            "generation": plan.current.number if plan.current else 0,
            "messages": self.messages + sum(worker.report.messages for worker in workers),
            "master": master_status(now - self._started),
            "clerk": post_status("clerk", posts.clerk),
            "expirer": post_status("expirer", posts.expirer) if posts.expirer.child else None,
            "exporter": post_status("exporter", posts.exporter) if posts.exporter.child else None,
            "workers": workers_status(workers, self._crew.pids(), now),
            "clamds": clamds_status(workers),
            "reloads": [record.to_json() for record in self._reloading.records],
        }

    def _figures(self, *, has_quarantine: bool) -> Figures:
        memory = {
            "master": memory_of(os.getpid()),
            "workers": sum(memory_of(pid) for pid in self._crew.pids().values()),
        }
        for name, post in zip(("clerk", "expirer", "exporter"), self._posts.all, strict=True):
            memory[name] = memory_of(post.child.pid) if post.child else 0
        stored = self.stored if has_quarantine else None
        return self._census.take(self._plan, self._reloading.outcomes, stored, memory)
