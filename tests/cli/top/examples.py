"""Answers of a filter, as `clamgate top` gets them."""

from __future__ import annotations

import time
from typing import Any

from clamgate.cli.top.model import Model, Sample

NOW = 1_700_000_000.5


def status(**changes: Any) -> dict[str, Any]:
    worker = {
        "title": "clamgate: worker 1 (generation 1)",
        "pid": 2,
        "memory": 25 << 20,
        "generation": 1,
        "state": "serving",
        "seconds": 100.0,
        "connections": 4,
        "in_flight": 2,
        "messages": 7,
        "restarts": 0,
    }
    return {
        "program": "clamgate 0.1.0",
        "state": "serving",
        "listening": "unix:/run/milter.sock",
        "generation": 1,
        "messages": 7,
        "master": {"seconds": 100.0},
        "workers": [worker],
        "clamds": [{"clamd": "unix:/clamd", "up_for": 1, "down_for": 0, "text": "ClamAV"}],
        **changes,
    }


def row(at: float = NOW, total: float | None = 10.0, verdict: str = "clean") -> list[Any]:
    action = "reject" if verdict == "infected" else "accept"
    return [at, total, 5.0, verdict, action, "worker 1 (generation 1)", "unix:/clamd"]


def decision(queue_id: str = "Q1", **changes: Any) -> dict[str, Any]:
    return {
        "time": NOW,
        "queue_id": queue_id,
        "sender": "a@example.org",
        "recipients": ["b@example.net"],
        "recipient_count": 1,
        "subject": "Hello",
        "client_name": "mx.example.org",
        "client_address": "192.0.2.1",
        "verdict": "clean",
        "signatures": [],
        "action": "accept",
        "total_ms": 10.0,
        **changes,
    }


def sample(**changes: Any) -> Sample:
    watch = {
        "serial": 1,
        "rows": [row()],
        "latest": [decision()],
        "remembers": 10_000,
        "clamds": {
            "unix:/clamd": {
                "version": f"ClamAV 1.4.6/27456/{time.ctime(NOW - 7200)}",
                "queue": 3,
                "busy": 2,
                "most": 10,
            }
        },
        **changes,
    }
    return Sample(NOW, status(), watch)


def model(**changes: Any) -> Model:
    made = Model()
    made.take(sample(**changes))
    return made
