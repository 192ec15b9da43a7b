from __future__ import annotations

from clamgate.core.envelope import HeaderFacts
from clamgate.mta.fields import MAX_SUBJECTS, Fields


def taken(*pairs: tuple[bytes, bytes]) -> Fields:
    made = Fields()
    made.take(pairs)
    return made


def test_they_are_put_together_as_they_stand_in_mail() -> None:
    fields = ((b"A", b" one"), (b"B ", b"\tfolded\n two\r\n three"), (b"C", b""))
    assert Fields().take(fields) == b"A: one\r\nB :\tfolded\r\n two\r\n three\r\nC:\r\n"


def test_a_bare_cr_stays() -> None:
    assert Fields().take([(b"A", b" one\rtwo\n three")]) == b"A: one\rtwo\r\n three\r\n"


def test_they_may_come_in_several_lots() -> None:
    made = Fields()
    assert made.take([(b"A", b" one")]) + made.take([]) + made.take([(b"B", b"")]) == (
        b"A: one\r\nB:\r\n"
    )


def test_what_policy_and_log_need_is_noted() -> None:
    made = taken(
        (b"SUBJECT", b" one"),
        (b"Message-ID", b" <1@x>"),
        (b"message-id", b" <2@x>"),
        (b"Date ", b"today"),
        (b"X-Virus-Status", b" Clean"),
        (b"x-virus-scanned", b" by me"),
        (b"X-Virus-Status", b" Clean"),
        (b"MIME-Ambiguity-Results", b" mx; ambiguity=none"),
        (b"subject", b" \ttwo\n\tfolded"),
        (b"X-Clamgate-Release", b" token"),
        (b"X-CLAMGATE-RELEASE", b" forged"),
    )
    assert made.facts() == HeaderFacts(
        subjects=(b"one", b"\ttwo\r\n\tfolded"),
        message_id=b"<1@x>",
        date=b"today",
        virus_scanned=1,
        virus_status=2,
        ambiguity=1,
    )
    assert (made.releases, made.release_token) == (2, b"token")


def test_of_subjects_without_end_only_the_number_is_known() -> None:
    value = b"x" * (MAX_SUBJECTS // 2)
    made = taken(*[(b"Subject", b" " + value)] * 5)
    assert made.facts().subjects == (value, value, b"", b"", b"")
