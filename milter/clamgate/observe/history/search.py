"""Finding messages in the history."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Self

from clamgate.observe.history.entry import Entry


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; all of it has to fit, and upper case is as lower case.

    Attributes:
        queue_id: The queue id, whole.
        message_id, sender, recipient: A part of one.
        verdict: The verdict, in a word.
        since: Seconds since the epoch.
    """

    queue_id: str | None = None
    message_id: str | None = None
    sender: str | None = None
    recipient: str | None = None
    verdict: str | None = None
    since: float | None = None

    @classmethod
    def from_json(cls, asked: Mapping[str, Any]) -> Self:
        """Return the search that a request asks for.

        Raises:
            ValueError: It makes no sense.
        """
        wanted: dict[str, Any] = {}
        for field in fields(cls):
            value = asked.get(field.name)
            kind = (int, float) if field.name == "since" else str
            if value is not None and not isinstance(value, kind):
                raise ValueError(f"{field.name} {value!r} makes no sense")
            wanted[field.name] = value
        return cls(**wanted)

    def fits(self, entry: Entry) -> bool | None:
        """Say whether it is looked for; None if only a recipient that is not kept could tell."""
        certain = (
            (self.since is None or entry.time >= self.since)
            and (self.queue_id is None or entry.queue_id.lower() == self.queue_id.lower())
            and (self.verdict is None or entry.verdict == self.verdict)
            and _holds(entry.sender, self.sender)
            and _holds(entry.message_id or b"", self.message_id)
        )
        if not certain or self.recipient is None:
            return certain
        if any(_holds(one, self.recipient) for one in entry.recipients):
            return True
        return None if len(entry.recipients) < entry.recipient_count else False


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has come to.

    Attributes:
        entries: The newest that fit, the oldest first.
        count: How many fit.
        unsure: How many may fit besides, by a recipient that is not kept.
    """

    entries: list[Entry]
    count: int
    unsure: int


def find(search: Search, entries: Iterable[Entry], most: int) -> Found:
    """Look through entries.

    Args:
        search: What is looked for.
        entries: Nearly in the order of their times: workers hand them over a moment later.
        most: How many to return.
    """
    newest: deque[Entry] = deque(maxlen=most)
    count = unsure = 0
    for entry in entries:
        match search.fits(entry):
            case True:
                count += 1
                newest.append(entry)
            case None:
                unsure += 1
    return Found(sorted(newest, key=attrgetter("time")), count, unsure)


def _holds(text: bytes, part: str | None) -> bool:
    return part is None or part.lower().encode("utf-8", "surrogateescape") in text.lower()
