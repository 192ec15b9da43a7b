from __future__ import annotations

import pytest
from tests.quarantine.samples import NOON, fill

from clamgate.quarantine.index import MessageIndex
from clamgate.quarantine.selection import Selection


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        (Selection(), ["b-3", "a-2", "a-1"]),
        (Selection(since=NOON + 10), ["b-3", "a-2"]),
        (Selection(until=NOON + 10), ["a-1"]),
        (Selection(sender=""), ["a-2"]),
        (Selection(sender="SENDER@*"), ["b-3", "a-1"]),
        (Selection(recipient="x@example.com"), ["b-3", "a-2"]),
        (Selection(recipient="boss_1@example.net"), ["b-3"]),
        (Selection(recipient="boss?1@*"), ["b-3"]),
        (Selection(recipient="x_example.com"), []),
        (Selection(signature="Phishing.*"), ["b-3"]),
        (Selection(signature="*100%"), ["b-3"]),
        (Selection(signature="Phishing.Email.1%"), []),
        (Selection(signature_class="test"), ["a-2", "a-1"]),
        (Selection(signature_class="test", since=NOON + 10), ["a-2"]),
        (Selection(ids=("a-1", "b-3")), ["b-3", "a-1"]),
        (Selection(id_prefix="a-"), ["a-2", "a-1"]),
        (Selection(id_prefix="_-"), []),
        (Selection(store="store-2"), []),
        (Selection(released=False), ["b-3", "a-2", "a-1"]),
        (Selection(released=True), []),
    ],
    ids=str,
)
def test_selections(index: MessageIndex, selection: Selection, ids: list[str]) -> None:
    fill(index)
    assert [row.id for row in index.select(selection)] == ids
