"""What the clerk answers of the history."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from clamgate.observe.history.entry import Entry
from clamgate.observe.history.ring import Ring
from clamgate.observe.history.search import Search, find

MOST = 10_000
"""Entries in an answer."""

_ROOM = 8 << 20
"""Bytes of entries in an answer."""


def answer_history(ring: Ring | None, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Answer what is remembered of some messages.

    Args:
        ring: The history; None if there is none.
        asked: The fields of a Search, and ``most``: how many to return, the newest.

    Raises:
        ValueError: That makes no sense, or nothing is remembered.
    """
    if ring is None:
        raise ValueError("no messages are remembered: HistorySize is 0")
    most = asked.get("most", MOST)
    if not isinstance(most, int) or not 0 <= most <= MOST:
        raise ValueError(f"most {most!r}: must be a number up to {MOST}")
    oldest = next((entry.time for entry in entries(ring)), None)
    found = find(Search.from_json(asked), entries(ring), most)
    messages = []
    room = _ROOM
    for entry in reversed(found.entries):
        message = entry.to_json()
        room -= len(json.dumps(message))
        if room < 0:
            break
        messages.append(message)
    return {
        "ok": True,
        "messages": messages[::-1],
        "count": found.count,
        "unsure": found.unsure,
        "kept": len(ring),
        "limit": ring.limit,
        "oldest": oldest,
    }


def entries(ring: Ring, after: int = 0) -> Iterator[Entry]:
    """Yield the entries of a ring, the oldest first; one that cannot be read is left out."""
    for _, raw in ring.read(after):
        if (entry := Entry.of(raw)) is not None:
            yield entry
