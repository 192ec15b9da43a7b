"""Too much of everything: it costs time, but neither memory nor anybody else's mail."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.hostile.assault import Assault
from tests.hostile.judging_clamd import EICAR
from tests.hostile.packets import ENVELOPE, GREETING, packed, packet
from tests.hostile.target import Target

from clamgate.harness.wire import (
    MAX_PAYLOAD,
    Accept,
    AddHeader,
    Answer,
    Body,
    ChangeHeader,
    Command,
    Discard,
    EndOfMessage,
    Header,
    Mail,
    Options,
    Rcpt,
    ReplyCode,
    encode,
)

pytestmark = pytest.mark.usefixtures("bystander")

MANY = 100_000
GIB_IN_CHUNKS = 2**30 // MAX_PAYLOAD + 1
CHUNK = encode(Body(b"spam and eggs! " * (MAX_PAYLOAD // 15)))
AT_ONCE = 16
KEPT = 25
"""MiB of a message that are scanned (MaxFileSize)."""


def repeated(
    target: Target, packet_of: bytes, times: int, *before: Command
) -> list[Answer | Options]:
    """Send one packet again and again in one message, and return what the filter said."""
    block = packet_of * AT_ONCE
    with Assault(target.endpoint, target.tally) as attacker:
        attacker.send(b"".join(packed((*GREETING, *before))), len(GREETING) + len(before))
        for _ in range(times // AT_ONCE):
            attacker.send(block, AT_ONCE)
        attacker.send(encode(EndOfMessage()))
        return attacker.end()[1:]


def test_a_hundred_thousand_headers(target: Target) -> None:
    with target.grows_at_most(mib=16):
        answers = repeated(target, encode(Header(b"X-Spam", b" spam")), MANY, *ENVELOPE)
    assert isinstance(answers[-1], Accept)
    assert target.clamd.longest >= MANY * len(b"X-Spam: spam\r\n")


def test_a_hundred_thousand_forged_headers_are_all_taken_out(target: Target) -> None:
    with target.grows_at_most(mib=64):
        answers = repeated(target, encode(Header(b"X-Virus-Status", b" Clean")), MANY, *ENVELOPE)
    assert isinstance(answers[-1], Accept)
    deleted = [answer.index for answer in answers if isinstance(answer, ChangeHeader)]
    assert deleted == list(range(MANY, 0, -1))
    assert [answer.name for answer in answers if isinstance(answer, AddHeader)] == [
        b"X-Virus-Scanned",
        b"X-Virus-Status",
    ]


def test_a_hundred_thousand_recipients(target: Target) -> None:
    with target.grows_at_most(mib=32):
        answers = repeated(target, encode(Rcpt(b"<rcpt@example.net>")), MANY, Mail(b"<a@example>"))
    assert [type(answer) for answer in answers] == [Accept]


def test_the_longest_header_that_libmilter_takes(target: Target) -> None:
    value = b" " + EICAR.rjust(MAX_PAYLOAD - len(b" A\0\0"), b"x")
    answers = send(target, (*GREETING, *ENVELOPE, Header(b"A", value), EndOfMessage()))
    assert isinstance(answers[-1], ReplyCode)


def test_a_header_of_a_mebibyte_ends_the_session(target: Target) -> None:
    with Assault(target.endpoint, target.tally) as attacker:
        attacker.send(b"".join(packed((*GREETING, *ENVELOPE))), len(GREETING) + len(ENVELOPE))
        attacker.send(packet(b"L", b"A\0 " + b"x" * 2**20 + b"\0"))
        attacker.send(encode(EndOfMessage()))
        assert [type(answer) for answer in attacker.await_close()] == [Options]


def test_many_long_subjects_are_not_all_kept(target: Target) -> None:
    subject = encode(Header(b"Subject", b" " + b"x" * 60_000))
    with target.grows_at_most(mib=16):
        answers = repeated(target, subject, 2000, *ENVELOPE)
    assert isinstance(answers[-1], Discard)


def test_a_body_of_a_gibibyte(target: Target) -> None:
    with target.grows_at_most(mib=16):
        answers = repeated(target, CHUNK, GIB_IN_CHUNKS, *ENVELOPE)
    assert isinstance(answers[-1], Discard)
    assert target.clamd.longest == KEPT * 2**20


def test_many_messages_at_once_stay_within_the_memory_they_share(target: Target) -> None:
    """MaxSpoolMemory is 4 MiB; what is beyond waits on disk until it is all read at the end."""
    sessions, chunks = 64, 14
    beginning = b"".join(packed((*GREETING, *ENVELOPE)))
    attackers = [Assault(target.endpoint, target.tally) for _ in range(sessions)]
    with target.grows_at_most(mib=4 + 16):
        for attacker in attackers:
            attacker.send(beginning, len(GREETING) + len(ENVELOPE))
        for _ in range(chunks):
            for attacker in attackers:
                attacker.send(CHUNK)
        for attacker in attackers:
            attacker.send(encode(EndOfMessage()))
            assert isinstance(attacker.end()[-1], Accept)
            attacker.close()


def send(target: Target, commands: Sequence[Command | Options]) -> list[Answer | Options]:
    with Assault(target.endpoint, target.tally) as attacker:
        attacker.send(b"".join(packed(commands)), len(commands))
        return attacker.end()
