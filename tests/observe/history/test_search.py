from __future__ import annotations

from typing import Any

import pytest
from tests.observe.examples import EICAR, judged, message

from clamgate.core.verdict import Clean
from clamgate.observe.history.entry import Entry, encode
from clamgate.observe.history.search import Search, find


def entry(time: float = 100.0, *, infected: bool = False, **of: Any) -> Entry:
    event = judged(EICAR if infected else Clean(), message(**of))
    made = Entry.of(encode(event, time, "w"))
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("search", "fits"),
    [
        (Search(), True),
        (Search(queue_id="4xyz"), True),
        (Search(queue_id="4xy"), False),
        (Search(sender="A@example.org"), True),
        (Search(sender="example.net"), False),
        (Search(recipient="TWO@"), True),
        (Search(recipient="three@"), False),
        (Search(message_id="id@example"), True),
        (Search(message_id="other"), False),
        (Search(verdict="clean"), True),
        (Search(verdict="infected"), False),
        (Search(since=100.0), True),
        (Search(since=100.1), False),
        (Search(queue_id="4XyZ", recipient="three"), False),
    ],
)
def test_all_that_is_asked_for_has_to_fit(search: Search, fits: bool) -> None:  # noqa: FBT001
    assert search.fits(entry()) is fits


def test_of_too_many_recipients_it_is_not_known() -> None:
    many = entry(recipients=tuple(b"<user%d@example.net>" % number for number in range(1000)))
    assert Search(recipient="user1@").fits(many) is True
    assert Search(recipient="user999@").fits(many) is None
    assert Search(recipient="user999@", verdict="infected").fits(many) is False


def test_the_newest_are_returned_and_all_are_counted() -> None:
    many = tuple(b"<user%d@example.net>" % number for number in range(1000))
    entries = [entry(float(n), recipients=(b"<x@example.net>",)) for n in range(5)]
    found = find(Search(recipient="x@"), [*entries, entry(recipients=many)], 2)
    assert (found.entries, found.count, found.unsure) == (entries[3:], 5, 1)
    assert find(Search(), entries, 0).count == 5


def test_a_search_comes_over_the_wire() -> None:
    assert Search.from_json({"sender": "a", "since": 3, "more": 1}) == Search(sender="a", since=3)
    for wrong in ({"since": "now"}, {"queue_id": 7}, {"verdict": ["clean"]}):
        with pytest.raises(ValueError, match="makes no sense"):
            Search.from_json(wrong)
