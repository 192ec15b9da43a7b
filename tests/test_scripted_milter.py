"""The scripted milter checks what it is sent, and says what it is told to."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from tests.scripted_milter import ScriptedMilter

from clamgate.harness.client import MilterClient, judge
from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import (
    Accept,
    Command,
    Connect,
    EndOfMessage,
    FrameReader,
    Header,
    Helo,
    Mail,
    Options,
    Quit,
    Rcpt,
    Reject,
    Steps,
    encode,
    offer,
)

MESSAGE = Message.from_eml(b"Subject: x\n\nbody\n")


def say(milter: ScriptedMilter, *packets: bytes) -> None:
    """Send packets, right or wrong, and see the milter through to the end of the session."""
    assert not isinstance(milter.endpoint, str)
    with socket.create_connection(milter.endpoint, 10.0) as client:
        for packet in packets:
            client.sendall(packet)
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass


def commands(*sent: Command) -> list[bytes]:
    return [encode(command) for command in sent]


def test_it_accepts_all_mail_where_it_was_told_nothing() -> None:
    with ScriptedMilter() as milter:
        assert judge(milter.endpoint, MESSAGE).reply == Accept()
        assert milter.sessions[0][0] == offer()
        assert isinstance(milter.commands()[-1], Quit)


def test_it_says_what_it_was_told_to() -> None:
    with ScriptedMilter({Mail: (Reject(),)}) as milter:
        outcome = judge(milter.endpoint, MESSAGE)
    assert (outcome.reply, outcome.stage) == (Reject(), Mail)


def test_it_can_listen_on_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with ScriptedMilter(path=path) as milter:
        assert milter.postfix_name == f"unix:{path}"
        assert judge(path, MESSAGE).reply == Accept()


def test_it_gives_no_reply_where_none_was_agreed_on() -> None:
    with ScriptedMilter(wants=Options(6, steps=Steps.NR_CONNECT)) as milter:
        assert not isinstance(milter.endpoint, str)
        with socket.create_connection(milter.endpoint, 10.0) as client:
            client.sendall(encode(offer()) + encode(Connect(b"h")) + encode(Helo(b"h")))
            client.shutdown(socket.SHUT_WR)
            reader = FrameReader()
            while data := client.recv(4096):
                reader.feed(data)
        assert [frame.letter for frame in reader.frames()] == [b"O", b"c"]


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (commands(Connect(b"h")), "as number 1 of a session"),
        ([encode(offer()), encode(offer())], "as number 2 of a session"),
        ([encode(offer()), *commands(Helo(b"h"))], "did not want"),
        ([encode(offer()), *commands(Mail(b"<>"))], "after"),
        ([encode(offer()), *commands(Connect(b"h"), Rcpt(b"<a>"))], "after"),
        (
            [
                encode(offer()),
                *commands(Connect(b"h"), Mail(b"<>"), Header(b"a", b"b"), Rcpt(b"<a>")),
            ],
            "after",
        ),
        ([encode(offer()), *commands(Connect(b"h"), Mail(b"<>"), Mail(b"<>"))], "after"),
        ([encode(offer()), *commands(Connect(b"h"), EndOfMessage())], "after"),
        ([encode(offer()), b"\0\0\0\1?"], "begins with"),
        ([encode(offer()), b"\0\0\0\0"], "length"),
        ([encode(offer()), b"\0\0"], "inside a packet"),
    ],
)
def test_what_an_mta_must_not_send_fails_the_test(sent: list[bytes], complaint: str) -> None:
    with (
        pytest.raises(AssertionError, match=complaint),
        ScriptedMilter(wants=Options(6, steps=Steps.NO_HELO)) as milter,
    ):
        say(milter, *sent)


def test_several_messages_of_a_session_are_in_order() -> None:
    with ScriptedMilter() as milter, MilterClient(milter.endpoint) as client:
        client.greet(Peer())
        assert client.send_message(MESSAGE).reply == Accept()
        assert client.send_message(MESSAGE).reply == Accept()
        client.quit()
