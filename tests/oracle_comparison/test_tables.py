from __future__ import annotations

from collections import Counter

from tests.oracle_comparison.compare import misplaced
from tests.oracle_comparison.confs import CONFS
from tests.oracle_comparison.mails import CASES, GIVEN_UP
from tests.oracle_comparison.refusals import BAD_CONFS, By
from tests.oracle_comparison.wanted import WANTED


def test_names_are_unique() -> None:
    for table in (CONFS, CASES, BAD_CONFS):
        assert max(Counter(entry.name for entry in table).values()) == 1


def test_a_recipient_tells_its_message() -> None:
    messages = [message for case in CASES for message in case.messages]
    recipients = [path for message in (*messages, GIVEN_UP) for path in message.recipients]
    assert len(set(recipients)) == len(recipients)


def test_wanted_differences_are_for_pairs_that_are_compared() -> None:
    pairs = [(conf.name, case.name) for conf in CONFS for case in CASES]
    assert misplaced(WANTED, pairs) == []
    assert all(entry.pairs for entry in WANTED)


def test_every_wanted_difference_has_its_reason() -> None:
    assert all(entry.reason for entry in WANTED)
    assert all(bool(conf.reason) is (conf.by is not By.BOTH) for conf in BAD_CONFS)
