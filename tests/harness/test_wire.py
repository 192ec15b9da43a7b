"""The whole protocol: every packet comes back as it went, anything else is a ProtocolError."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness import packets

from clamgate.harness.wire import (
    ANSWERS,
    COMMANDS,
    Accept,
    Answer,
    Command,
    Frame,
    FrameReader,
    Helo,
    Options,
    ProtocolError,
    decode_answer,
    decode_command,
    encode,
)


def only_frame(stream: bytes) -> Frame:
    reader = FrameReader()
    reader.feed(stream)
    (frame,) = reader.frames()
    reader.close()
    return frame


@pytest.mark.parametrize("kind", COMMANDS)
@given(data=st.data())
def test_every_command_comes_back(kind: type[Command], data: st.DataObject) -> None:
    command = data.draw(packets.command_of(kind))
    assert decode_command(only_frame(encode(command))) == command


@pytest.mark.parametrize("kind", ANSWERS)
@given(data=st.data())
def test_every_answer_comes_back(kind: type[Answer], data: st.DataObject) -> None:
    answer = data.draw(packets.answer_of(kind))
    assert decode_answer(only_frame(encode(answer))) == answer


@given(packets.options)
def test_options_come_back_on_either_side(options: Options) -> None:
    assert decode_command(only_frame(encode(options))) == options
    assert decode_answer(only_frame(encode(options))) == options


@given(st.binary(min_size=1, max_size=1), st.binary(max_size=60))
def test_garbage_is_understood_or_refused(letter: bytes, payload: bytes) -> None:
    for decode in (decode_command, decode_answer):
        with suppress(ProtocolError):
            understood = decode(Frame(letter, payload))
            assert letter == understood.LETTER


@given(packets.commands | packets.answers, st.data())
def test_what_is_cut_short_is_never_taken_for_the_whole(
    packet: Command | Answer, data: st.DataObject
) -> None:
    payload = packet.payload()
    cut = data.draw(st.integers(0, max(len(payload) - 1, 0)))
    with suppress(ProtocolError):
        again = type(packet).parse(payload[:cut])
        assert again != packet or not payload
        assert again.payload() == payload[:cut]


def test_each_side_has_its_own_letters() -> None:
    with pytest.raises(ProtocolError, match="an MTA sends nothing that begins with b'a'"):
        decode_command(Frame(Accept.LETTER))
    with pytest.raises(ProtocolError, match="a filter sends nothing that begins with b'H'"):
        decode_answer(Frame(Helo.LETTER, b"mx\0"))


def test_no_two_packets_of_a_side_share_a_letter() -> None:
    for kinds in (COMMANDS, ANSWERS):
        letters = [kind.LETTER for kind in kinds]
        assert len({*letters, Options.LETTER}) == len(letters) + 1
