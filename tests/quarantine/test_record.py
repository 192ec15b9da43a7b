from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.quarantine.samples import NOON, told

from clamgate.core.rules import Action
from clamgate.core.storing import Kept
from clamgate.quarantine.record import Record, dump, make_record, new_id, parse


def test_ids_begin_with_the_day_and_are_not_given_twice() -> None:
    ids = {new_id(NOON) for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"261125-[0-9b-df-hj-kmnp-tv-xz]{10}", one) for one in ids)


def test_a_record_says_what_the_filter_knows() -> None:
    record = make_record("id", told(b"<a@example.net>", b"<b@example.net>"), 77)
    assert record.sender == b"<sender@example.org>"
    assert record.recipients == (b"<a@example.net>", b"<b@example.net>")
    assert record.stored_at == NOON
    assert record.size == 77
    assert (record.signature, record.signature_class) == ("Win.Test.EICAR_HDB-1", "test")
    assert (record.client_host, record.client_address) == ("mail.example.org", "192.0.2.1")
    assert (record.queue_id, record.subject) == ("4QX", b"hello")


anything = st.binary(max_size=30)


@given(
    sender=anything,
    paths=st.lists(anything, min_size=1, max_size=3),
    subject=st.none() | anything,
    rule=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_it_comes_back_from_its_line_as_it_was(
    sender: bytes, paths: list[bytes], subject: bytes | None, rule: str
) -> None:
    record = Record(
        id="261125-0",
        stored_at=NOON + 0.123456,
        sender=sender,
        kept=tuple(Kept(path, Action.REJECT, rule, "why") for path in paths),
        size=3,
        signatures=("a", "b"),
        auth_name=sender,
        subject=subject,
    )
    line = dump(record)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert parse(line) == record


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "Expecting value"),
        (b"[]\n", "not complete"),
        (b"{}\n", "not complete: 'version'"),
        (b'{"version": 2}\n', "its record is of version 2, this program's is 1"),
        (b'{"version": 1, "id": "x"}\n', "not complete"),
    ],
)
def test_what_is_no_record_is_refused(line: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(line)
