from __future__ import annotations

from tests.quarantine.samples import NOON, fill

from clamgate.quarantine.index import MessageIndex
from clamgate.quarantine.selection import Selection
from clamgate.quarantine.statistics import Group, statistics


def test_of_nothing(index: MessageIndex) -> None:
    known = statistics(index)
    assert (known.messages, known.size, known.oldest, known.newest) == (0, 0, None, None)
    assert known.classes == known.signatures == known.hosts == ()


def test_totals_and_groups(index: MessageIndex) -> None:
    fill(index)
    index.mark_released("a-1", NOON)
    known = statistics(index)
    assert (known.messages, known.size, known.stored_size, known.released) == (3, 60, 18, 1)
    assert (known.oldest, known.newest) == (NOON, NOON + 20)
    assert known.classes == (Group("test", 2, 11), Group("phishing", 1, 7))
    assert known.signatures == (
        Group("Win.Test.EICAR_HDB-1", 2, 11),
        Group("Phishing.Email.100%", 1, 7),
    )
    assert known.hosts == (Group("mx1", 3, 18),)


def test_of_a_selection(index: MessageIndex) -> None:
    fill(index)
    known = statistics(index, Selection(recipient="x@example.com"))
    assert (known.messages, known.stored_size) == (2, 13)
    assert [one.name for one in known.classes] == ["phishing", "test"]
