"""What is canonical is scanned once: clamd must find in the whole whatever stands in it."""

from __future__ import annotations

from random import Random

import pytest
from tests.hiding.judge import Judge
from tests.hiding.ordinary import message

from clamgate.harness.private_clamd import EICAR, PrivateClamd, installed
from clamgate.message.mime.strict import is_canonical

pytestmark = pytest.mark.skipif(not installed(), reason="clamd is not installed")

MARK = b"From clamav-milter\n"
MAILS = 1500


def test_clamd_finds_what_is_in_canonical_mail(clamd: PrivateClamd) -> None:
    judge = Judge(clamd.socket_path)
    chance = Random(1)  # noqa: S311  a fixed one: what it finds is found again
    mails = [message(chance, EICAR) for _ in range(MAILS)]
    canonical = [mail for mail in mails if is_canonical(mail)]
    assert len(canonical) > MAILS // 5
    assert [mail for mail in canonical if not judge.finds(MARK + mail)] == []


def test_the_others_give_theirs_away_in_parts(clamd: PrivateClamd) -> None:
    judge = Judge(clamd.socket_path)
    chance = Random(2)  # noqa: S311  a fixed one
    mails = [message(chance, EICAR) for _ in range(MAILS)]
    others = [mail for mail in mails if not is_canonical(mail) and not judge.finds(MARK + mail)]
    assert len(others) > MAILS // 50
    assert [mail for mail in others if not judge.finds_in_parts(mail)] == []
