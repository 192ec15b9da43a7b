"""The MTA's side of a session, without any socket: what it sends, what it lets a filter say."""

from __future__ import annotations

import pytest

from clamgate.harness.session import Session
from clamgate.harness.wire import (
    ANSWERS,
    COMMANDS,
    Abort,
    Accept,
    Actions,
    AddHeader,
    Body,
    Command,
    Connect,
    Continue,
    Data,
    Edit,
    EndOfMessage,
    Header,
    Helo,
    Macros,
    Options,
    Progress,
    ProtocolError,
    Quarantine,
    Quit,
    ReplyCode,
    Skip,
    Steps,
    Unknown,
    encode,
    offer,
)

ALL = Options(6, Actions(0x1FF), Steps.NONE)


def agreed(answer: Options, offered: Options | None = None) -> Session:
    session = Session(offered)
    session.agree(answer)
    return session


def test_it_opens_with_its_offer() -> None:
    assert Session().greeting() == encode(offer(6))
    assert Session(offer(2)).greeting() == b"\0\0\0\x0dO\0\0\0\2\0\0\0\x3f\0\0\0\x7f"


def test_the_answer_to_the_offer_is_understood() -> None:
    session = Session()
    session.receive(encode(ALL))
    assert list(session.answers_to(None)) == [ALL]


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (Options(5), "version 5 in answer to 4"),
        (Options(1), "version 1 in answer to 4"),
        (Options(4, Actions.CHANGE_SENDER), "actions that were not offered: .*CHANGE_SENDER"),
        (Options(4, steps=Steps.NR_HEADER), "steps that were not offered: .*NR_HEADER"),
    ],
)
def test_a_filter_cannot_take_what_was_not_offered(answer: Options, complaint: str) -> None:
    session = Session(offer(4))
    with pytest.raises(ProtocolError, match=complaint):
        session.agree(answer)


def test_a_step_that_was_declined_is_not_sent() -> None:
    session = agreed(Options(6, steps=Steps.NO_HELO))
    assert session.encode(Helo(b"mx")) == b""
    assert session.encode(Connect(b"mx")) == encode(Connect(b"mx"))


@pytest.mark.parametrize(
    ("version", "unknown", "data"), [(2, False, False), (3, True, False), (4, True, True)]
)
def test_an_old_version_has_fewer_steps(version: int, *, unknown: bool, data: bool) -> None:
    session = agreed(Options(version), offer(version))
    assert session.wants(Unknown) is unknown
    assert session.wants(Data) is data


def test_an_old_filter_is_not_told_what_it_cannot_know() -> None:
    assert not agreed(Options(2)).wants(Data)


def test_a_reply_to_each_command_follows_unless_silence_was_agreed_on() -> None:
    loud, silent = agreed(ALL), agreed(offer())
    for kind in COMMANDS:
        unanswered = kind.LETTER in {b"D", b"A", b"Q", b"K"}
        assert loud.answers(kind) is not unanswered
        assert silent.answers(kind) is (kind is EndOfMessage)


@pytest.mark.parametrize(
    ("value", "sent"),
    [(b" x", b"x"), (b"  x", b" x"), (b"\tx", b"\tx"), (b"x", b"x"), (b"", b""), (b" ", b"")],
)
def test_one_leading_space_goes_unless_the_filter_wants_it(value: bytes, sent: bytes) -> None:
    header = Header(b"To", value)
    assert agreed(ALL).encode(header) == encode(Header(b"To", sent))
    assert agreed(Options(6, steps=Steps.HDR_LEADSPC)).encode(header) == encode(header)


def test_answers_come_in_order() -> None:
    session = agreed(ALL)
    sent = [Progress(), Quarantine(b"why"), AddHeader(b"a", b"b"), Accept()]
    session.receive(b"".join(encode(answer) for answer in sent))
    assert list(session.answers_to(EndOfMessage())) == sent


@pytest.mark.parametrize("edit", [kind for kind in ANSWERS if issubclass(kind, Edit)])
def test_an_edit_needs_its_action(edit: type[Edit]) -> None:
    payload = (
        b"\0\0\0\1a\0b\0" if edit.LETTER in b"im" else b"a\0b\0" if edit is AddHeader else b"a\0"
    )
    packet = (len(payload) + 1).to_bytes(4) + edit.LETTER + payload
    allowed = agreed(Options(6, edit.ALLOWED_BY))
    allowed.receive(packet)
    assert [type(answer) for answer in allowed.answers_to(EndOfMessage())] == [edit]
    denied = agreed(Options(6, Actions(0x1FF) & ~edit.ALLOWED_BY))
    denied.receive(packet)
    with pytest.raises(ProtocolError, match="was not agreed on"):
        list(denied.answers_to(EndOfMessage()))


@pytest.mark.parametrize("command", [Body(b"x"), Connect(b"h"), Data()])
def test_edits_come_at_the_end_of_the_message_only(command: Command) -> None:
    session = agreed(ALL)
    session.receive(encode(Quarantine(b"why")))
    with pytest.raises(ProtocolError, match="before the end of the message"):
        list(session.answers_to(command))


def test_skip_must_have_been_agreed_on() -> None:
    session = agreed(ALL)
    session.receive(encode(Skip()))
    with pytest.raises(ProtocolError, match=r"Skip in answer to Body.*not agreed on"):
        list(session.answers_to(Body(b"x")))


def test_a_reply_is_no_answer_to_the_offer_nor_options_to_a_command() -> None:
    session = Session()
    session.receive(encode(Continue()))
    with pytest.raises(ProtocolError, match="in answer to the offer"):
        list(session.answers_to(None))
    session.receive(encode(ALL))
    with pytest.raises(ProtocolError, match="in answer to Helo"):
        list(session.answers_to(Helo(b"mx")))


def test_what_nobody_waits_for_is_shown() -> None:
    session = agreed(ALL)
    session.receive(encode(ReplyCode(b"550 no")))
    assert [frame.letter for frame in session.strays()] == [b"y"]


def test_the_connection_must_not_end_inside_a_packet() -> None:
    session = agreed(ALL)
    session.receive(b"\0\0\0\1")
    with pytest.raises(ProtocolError, match="inside a packet"):
        session.receive(b"")


@pytest.mark.parametrize("command", [Abort(), Quit(), Macros(b"M")])
def test_no_reply_follows_to_these(command: Command) -> None:
    assert not agreed(ALL).answers(command)
