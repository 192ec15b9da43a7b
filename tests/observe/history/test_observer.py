from __future__ import annotations

from tests.observe.examples import judged

from clamgate.core.events import Started
from clamgate.core.settings import LogPrivacy
from clamgate.core.verdict import Clean
from clamgate.observe.history.entry import Entry
from clamgate.observe.history.observer import HistoryObserver


def test_messages_are_kept_and_nothing_else() -> None:
    kept: list[bytes] = []
    observer = HistoryObserver((), kept.append, "worker 1")
    observer.note([(Started("here", "1"), 0.5), (judged(Clean()), 1.5)])
    (raw,) = kept
    entry = Entry.of(raw)
    assert entry is not None
    assert (entry.time, entry.process, entry.sender) == (
        *(1.5, "worker 1"),
        b"<a@example.org>",
    )


def test_what_is_private_is_not_kept() -> None:
    kept: list[bytes] = []
    HistoryObserver(tuple(LogPrivacy), kept.append, "w").note([(judged(Clean()), 0)])
    (raw,) = kept
    entry = Entry.of(raw)
    assert entry is not None
    told = entry.to_json()
    assert (told["sender"], told["subject"], told["client_address"]) == (
        *("***@example.org", "***"),
        "192.0.2.0",
    )
    assert b"one@" not in raw
    assert b"Hello" not in raw
