"""What is no milter protocol at all, or the protocol in the wrong order."""

from __future__ import annotations

import itertools

import pytest
from tests.hostile.assault import Assault, assault
from tests.hostile.packets import (
    CHATTY,
    ENVELOPE,
    GREETING,
    INFECTED,
    LENGTHS,
    SESSION,
    packed,
    packet,
    spoilt_sessions,
)
from tests.hostile.target import Target

from clamgate.harness.wire import (
    MAX_PAYLOAD,
    Abort,
    Accept,
    Answer,
    Body,
    Command,
    EndOfMessage,
    Header,
    Options,
    QuitNewConnection,
    ReplyCode,
)

pytestmark = pytest.mark.usefixtures("bystander")

Commands = tuple[Command | Options, ...]
both_dialects = pytest.mark.parametrize("commands", [SESSION, CHATTY], ids=["6", "2"])

SPOILT_SESSIONS = 2000
HELD_OPEN = 60


def rejections(answers: list[Answer | Options]) -> int:
    return sum(isinstance(answer, ReplyCode) for answer in answers)


def accepted(answers: list[Answer | Options]) -> int:
    return sum(isinstance(answer, Accept) for answer in answers)


@both_dialects
def test_the_session_that_is_spoilt_below_is_right_as_it_is(
    target: Target, commands: Commands
) -> None:
    answers = assault(target.endpoint, target.tally, b"".join(packed(commands)), len(commands))
    assert rejections(answers) == sum(isinstance(one, EndOfMessage) for one in commands)


@both_dialects
def test_spoilt_sessions_end_and_nothing_is_accepted_unscanned(
    target: Target, commands: Commands
) -> None:
    empty_before = target.empty
    unscanned = []
    for data, packets in spoilt_sessions(commands, SPOILT_SESSIONS // 2):
        passed_before = target.clamd.passed
        answers = assault(target.endpoint, target.tally, data, packets)
        unscanned += [data] * (accepted(answers) - (target.clamd.passed - passed_before))
    target.wait_for_empty(empty_before + len(unscanned), f"a line for each of {unscanned}")
    assert len(unscanned) == target.empty - empty_before, unscanned


@both_dialects
def test_connections_cut_after_every_single_byte(target: Target, commands: Commands) -> None:
    data = b"".join(packed(commands))
    for length in range(len(data)):
        with Assault(target.endpoint, target.tally) as attacker:
            attacker.send(data[:length])


def test_connections_that_stop_in_mid_packet_do_not_keep_others_waiting(target: Target) -> None:
    """Each holds a thread of libmilter's; the bystander is served beside them."""
    data = b"".join(packed(SESSION))
    served_before = target.tally.judged
    held = [Assault(target.endpoint, target.tally) for _ in range(HELD_OPEN)]
    try:
        for at, attacker in enumerate(held):
            attacker.send(data[: len(data) * at // HELD_OPEN - 1])
        target.wait_until_served(served_before + 50)
    finally:
        for attacker in held:
            attacker.close()


@pytest.mark.parametrize("letter", [b"C", b"M", b"R", b"L", b"B", b"E", b"D", b"O", b"Q", b"\xff"])
@pytest.mark.parametrize("length", LENGTHS)
def test_a_length_that_lies(target: Target, letter: bytes, length: int) -> None:
    """Too long a packet ends the session at once; else the rest is read as it comes."""
    beginning = (*GREETING, *INFECTED[:-1])
    with Assault(target.endpoint, target.tally) as attacker:
        attacker.send(b"".join(packed(beginning)), len(beginning))
        attacker.send(packet(letter, b"\0" * 64, length))
        too_long = length > 1 + MAX_PAYLOAD
        answers = attacker.await_close() if too_long else attacker.end()
    assert accepted(answers) == 0


def test_unknown_packets_end_the_session(target: Target) -> None:
    known = b"ABCDEHKLMNOQRTU"
    for letter in (bytes([code]) for code in range(256) if code not in known):
        for before in ((), GREETING, (*GREETING, *INFECTED[:-1])):
            with Assault(target.endpoint, target.tally) as attacker:
                attacker.send(b"".join(packed(before)) + packet(letter), len(before) + 1)
                assert accepted(attacker.await_close()) == 0


def test_any_two_packets_in_any_order_after_any_beginning(target: Target) -> None:
    """Whatever gets through to the end of a message is found infected, or is empty."""
    vocabulary = (*SESSION, Abort(), QuitNewConnection())
    beginnings = (GREETING[:1], GREETING, (*GREETING, *ENVELOPE), (*GREETING, *INFECTED[:-1]))
    empty_before, passed_before = target.empty, target.clamd.passed
    answers = []
    for beginning, *pair in itertools.product(beginnings, vocabulary, vocabulary):
        commands = (*beginning, *pair, *INFECTED)
        answers += assault(target.endpoint, target.tally, b"".join(packed(commands)), len(commands))
    scanned = target.clamd.passed - passed_before
    unscanned = accepted(answers) - scanned
    target.wait_for_empty(empty_before + unscanned, "a line for each that was empty")
    assert unscanned == target.empty - empty_before
    assert rejections(answers) > len(vocabulary) ** 2


def test_a_last_piece_of_body_in_the_end_of_message_is_never_let_through(target: Target) -> None:
    """libmilter calls no end of message after a body callback that gave no reply.

    So there is no answer, and the MTA's timeout defers the message: slow, but safe. Neither
    Postfix nor Sendmail sends one.
    """
    commands = (*GREETING, *ENVELOPE, Header(b"A", b" b"), Body(b"x"), EndOfMessage(b"y"))
    answers = assault(target.endpoint, target.tally, b"".join(packed(commands)), len(commands))
    assert [type(answer) for answer in answers] == [Options]
