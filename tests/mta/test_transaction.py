from __future__ import annotations

from pathlib import Path

import pytest

from clamgate.core.envelope import Client
from clamgate.core.settings import Spooling
from clamgate.message.budget import MemoryBudget
from clamgate.message.spool import Spool
from clamgate.mta.transaction import FIELDS_AT_ONCE, MAIL_MARK, Transaction


def transaction(tmp_path: Path) -> Transaction:
    spool = Spool(Spooling(temporary_directory=str(tmp_path)), MemoryBudget(1 << 24))
    return Transaction(Client("mx"), b"<a@x>", None, spool, 0.0)


def test_subjects_are_known_in_their_order_without_the_leading_space(tmp_path: Path) -> None:
    message = transaction(tmp_path)
    message.add_header(b"Subject", b" one")
    message.add_header(b"SUBJECT ", b"  two\n\tfolded")
    assert message.message("Q").headers.subjects == (b"one", b" two\r\n\tfolded")
    message.close()


def test_of_fields_that_claim_a_release_the_first_counts_and_all_are_known(tmp_path: Path) -> None:
    message = transaction(tmp_path)
    message.add_header(b"x-clamgate-release", b" ours")
    message.add_header(b"X-Clamgate-Release ", b" forged")
    claim = message.claim()
    assert claim is not None
    assert (claim.token, message.release_fields) == (b"ours", 2)
    message.close()


@pytest.mark.parametrize(
    ("fields", "length"), [(FIELDS_AT_ONCE, 0), (1, 2000)], ids=["many", "a long one"]
)
def test_fields_without_end_are_not_held_back(tmp_path: Path, fields: int, length: int) -> None:
    message = transaction(tmp_path)
    for _ in range(fields):
        message.add_header(b"", bytes(length))
    assert message._spool._size == len(MAIL_MARK) + fields * (length + len(b":\r\n"))
    message.close()


def test_fields_stand_before_the_body(tmp_path: Path) -> None:
    message = transaction(tmp_path)
    message.add_header(b"A", b" one")
    message.add_body(b"two")
    assert b"".join(message.seal().chunks()) == MAIL_MARK + b"A: one\r\n\r\ntwo"
    message.close()


def test_a_header_alone_is_a_message(tmp_path: Path) -> None:
    message = transaction(tmp_path)
    assert message.is_empty
    message.add_header(b"A", b" one")
    assert not message.is_empty
    assert b"".join(message.seal().chunks()) == MAIL_MARK + b"A: one\r\n"
    assert message.message("Q").size == len(b"A: one\r\n")
    message.close()


def test_of_what_failed_the_fields_are_noted_and_not_kept(tmp_path: Path) -> None:
    message = transaction(tmp_path)
    message.add_header(b"Subject", b" one")
    message.fail("it broke")
    known = message.message("Q")
    assert (known.headers.subjects, known.size) == ((b"one",), 0)
    message.close()
