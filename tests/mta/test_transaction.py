from __future__ import annotations

from pathlib import Path

from clamgate.core.envelope import Client
from clamgate.core.settings import Spooling
from clamgate.message.budget import MemoryBudget
from clamgate.message.spool import Spool
from clamgate.mta.transaction import MAX_SUBJECTS, Transaction


def transaction(tmp_path: Path) -> Transaction:
    spool = Spool(Spooling(temporary_directory=str(tmp_path)), MemoryBudget(1 << 24))
    return Transaction(Client("mx"), b"<a@x>", None, spool, 0.0)


def test_subjects_are_known_in_their_order_without_the_leading_space(tmp_path: Path) -> None:
    message = transaction(tmp_path)
    message.add_header(b"Subject", b" one")
    message.add_header(b"SUBJECT ", b"  two\n\tfolded")
    assert message.message("Q").headers.subjects == (b"one", b" two\r\n\tfolded")
    message.close()


def test_of_subjects_without_end_only_the_number_is_known(tmp_path: Path) -> None:
    message = transaction(tmp_path)
    value = b"x" * (MAX_SUBJECTS // 2)
    for _ in range(5):
        message.add_header(b"Subject", b" " + value)
    assert message.message("Q").headers.subjects == (value, value, b"", b"", b"")
    message.close()


def test_of_fields_that_claim_a_release_the_first_counts_and_all_are_known(tmp_path: Path) -> None:
    message = transaction(tmp_path)
    message.add_header(b"x-clamgate-release", b" ours")
    message.add_header(b"X-Clamgate-Release ", b" forged")
    claim = message.claim()
    assert claim is not None
    assert (claim.token, message.release_fields) == (b"ours", 2)
    message.close()
