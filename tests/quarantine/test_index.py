from __future__ import annotations

from tests.quarantine.samples import NOON, fill, told

from clamgate.quarantine.index import MessageIndex
from clamgate.quarantine.record import make_record
from clamgate.quarantine.schema import open_engine
from clamgate.quarantine.selection import Selection


def test_a_row_says_what_is_stored(index: MessageIndex) -> None:
    fill(index)
    row = index.select()[0]
    assert (row.id, row.store, row.host) == ("b-3", "store-1", "mx1")
    assert (row.stored_at, row.released_at) == (NOON + 20, None)
    assert row.sender == "sender@example.org"
    assert row.recipients == ("x@example.com", "Boss_1@Example.NET")
    assert (row.signature, row.signature_class) == ("Phishing.Email.100%", "phishing")
    assert (row.queue_id, row.client) == ("4QX", "mail.example.org 192.0.2.1")
    assert (row.subject, row.size, row.stored_size) == ("hello", 30, 7)


def test_limits_and_order(index: MessageIndex) -> None:
    fill(index)
    assert [row.id for row in index.select(limit=1)] == ["b-3"]
    assert [row.id for row in index.select(limit=2, oldest_first=True)] == ["a-1", "a-2"]


def test_released_ones_are_marked(index: MessageIndex) -> None:
    fill(index)
    index.mark_released("a-2", NOON + 99)
    (row,) = index.select(Selection(released=True))
    assert (row.id, row.released_at) == ("a-2", NOON + 99)


def test_the_same_message_again_changes_nothing(index: MessageIndex) -> None:
    fill(index)
    before = index.select()
    index.add(make_record("a-1", told(b"<another@example.com>"), 11), 12)
    assert index.select() == before


def test_several_stores_share_a_database(index: MessageIndex, url: str) -> None:
    fill(index)
    other = MessageIndex(open_engine(url), "store-2", "mx2")
    other.add(make_record("c-1", told(), 10), 100)
    assert (index.stored_bytes(), other.stored_bytes()) == (18, 100)
    assert (index.totals(), other.totals()) == ((3, 18), (1, 100))
    assert index.ids() == {"a-1", "a-2", "b-3"}
    assert len(other.select()) == 4


def test_removal(index: MessageIndex) -> None:
    fill(index)
    index.remove(["a-1", "b-3", "none"])
    assert [row.id for row in index.select()] == ["a-2"]
    assert index.select()[0].recipients == ("x@example.com",)
    index.remove([])


def test_a_one_time_id_is_good_for_one_time(index: MessageIndex) -> None:
    assert index.spend("n1", NOON)
    assert not index.spend("n1", NOON)
    assert index.spend("n2", NOON + 10)
    index.forget_spent(NOON + 5)
    assert index.spend("n1", NOON)
    assert not index.spend("n2", NOON + 10)


def test_text_that_databases_do_not_take_is_made_fit(index: MessageIndex) -> None:
    odd = told(b"<\xff\0@x>", sender=b"<\xe4>", subject=b"=?utf-8?q?caf=C3=A9?= \0 \xff")
    index.add(make_record("o-1", odd, 1), 1)
    (row,) = index.select()
    assert row.recipients == ("\ufffd\ufffd@x",)
    assert row.subject.startswith("café")
    assert "\0" not in row.subject
