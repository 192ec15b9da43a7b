"""What came of a mail."""

from __future__ import annotations

from clamgate.harness.mta.known import Client
from clamgate.harness.mta.report import Fate, Onlooker, Passage, fate_of_refusal
from clamgate.harness.wire import AddHeader, ChangeHeader, DeleteRecipient, InsertHeader

PASSAGE = Passage(
    client=Client("127.0.0.1", 1, "127.0.0.1", 25),
    queue_id="4F",
    sender=b"",
    recipients=(b"a@x",),
    draft=None,
    edits=(
        AddHeader(b"V", b" one"),
        InsertHeader(0, b"v", b"two "),
        ChangeHeader(1, b"V", b""),
        ChangeHeader(1, b"W", b"three"),
        DeleteRecipient(b"a@x"),
    ),
    fate=Fate.HELD,
    text=b"",
    seconds=0.0,
)


def test_the_last_value_that_a_header_was_given() -> None:
    assert PASSAGE.header_set(b"V") == b"two"
    assert PASSAGE.header_set(b"w") == b"three"
    assert PASSAGE.header_set(b"X") is None


def test_refusals_are_for_good_or_for_now() -> None:
    assert fate_of_refusal(b"550 no") is Fate.REFUSED
    assert fate_of_refusal(b"421 later") is Fate.DEFERRED


def test_an_onlooker_that_does_nothing() -> None:
    Onlooker().passed(PASSAGE)
    Onlooker().trouble("nothing")
