"""The client: plays an MTA through whole sessions, and says what came of each message."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.scripted_milter import Script, ScriptedMilter

from clamgate.harness.client import MilterClient, Outcome, judge
from clamgate.harness.mail import CHUNK, Message, Peer
from clamgate.harness.wire import (
    Abort,
    Accept,
    Actions,
    AddHeader,
    Body,
    Command,
    Connect,
    Continue,
    Data,
    Discard,
    EndOfHeader,
    EndOfMessage,
    Family,
    Header,
    Helo,
    Mail,
    Options,
    Progress,
    Quarantine,
    Quit,
    QuitNewConnection,
    Rcpt,
    Reject,
    Reply,
    ReplyCode,
    Skip,
    Steps,
    TempFail,
    Unknown,
    offer,
)

MESSAGE = Message.from_eml(b"Subject: x\n\nbody\n")
TWO = replace(MESSAGE, recipients=(b"<a@x>", b"<b@x>"))
ALL = Options(6, Actions(0x1FF), Steps.SKIP)


def test_a_message_goes_through_all_its_steps() -> None:
    with ScriptedMilter() as milter:
        assert judge(milter.endpoint, TWO) == Outcome(Accept(), EndOfMessage)
        assert milter.commands() == [
            Connect(b"client.example.org", Family.INET, 40125, b"192.0.2.7"),
            Helo(b"client.example.org"),
            Mail(b"<sender@example.org>"),
            Rcpt(b"<a@x>"),
            Rcpt(b"<b@x>"),
            Data(),
            Header(b"Subject", b"x"),
            EndOfHeader(),
            Body(b"body\r\n"),
            EndOfMessage(),
            Abort(),
            Quit(),
        ]


def test_macros_go_before_their_commands() -> None:
    with ScriptedMilter() as milter:
        judge(milter.endpoint, replace(TWO, login=b"alice", queue_id=b"4Q"))
        assert milter.macros(Connect)[b"j"] == b"mx.example.net"
        assert milter.macros(Mail)[b"{auth_authen}"] == b"alice"
        assert b"i" not in milter.macros(Mail)
        assert milter.macros(Rcpt)[b"{rcpt_addr}"] == b"b@x"
        assert milter.macros(EndOfMessage) == {b"i": b"4Q"}


def test_macros_of_a_step_that_was_declined_are_not_sent() -> None:
    with ScriptedMilter(wants=Options(6, steps=Steps.NO_MAIL)) as milter:
        judge(milter.endpoint, MESSAGE)
        assert milter.macros(Mail) == {}
        assert not any(isinstance(it, Mail) for it in milter.commands())


def test_a_long_body_goes_in_pieces() -> None:
    with ScriptedMilter() as milter:
        judge(milter.endpoint, replace(MESSAGE, body=b"x" * (CHUNK + 1)))
        sizes = [len(it.data) for it in milter.commands() if isinstance(it, Body)]
    assert sizes == [CHUNK, 1]


def test_edits_quarantine_and_progress_are_in_the_outcome() -> None:
    edits = (AddHeader(b"A", b"1"), Quarantine(b"why"))
    script: Script = {EndOfMessage: (Progress(), *edits, Accept())}
    with ScriptedMilter(script, wants=ALL) as milter:
        outcome = judge(milter.endpoint, MESSAGE)
    assert outcome == Outcome(Accept(), EndOfMessage, edits, (), 1)
    assert outcome.quarantine == b"why"
    assert outcome.smtp is None


def test_a_refusals_text_is_what_the_smtp_client_reads() -> None:
    with ScriptedMilter({EndOfMessage: (ReplyCode(b"550 5.7.1 100%%"),)}) as milter:
        outcome = judge(milter.endpoint, MESSAGE)
    assert outcome.smtp == b"550 5.7.1 100%"
    assert outcome.quarantine is None


@pytest.mark.parametrize("stage", [Mail, Data, Header, EndOfHeader, Body, EndOfMessage])
@pytest.mark.parametrize("reply", [Accept(), Reject(), TempFail(), Discard()])
def test_a_final_reply_ends_the_message_at_its_stage(stage: type[Command], reply: Reply) -> None:
    with ScriptedMilter({stage: (reply,)}) as milter:
        assert judge(milter.endpoint, MESSAGE) == Outcome(reply, stage)
        assert [type(it) for it in milter.commands()][-3:] == [stage, Abort, Quit]


@pytest.mark.parametrize("stage", [Connect, Helo])
def test_a_final_reply_to_the_client_settles_all_its_mail(stage: type[Command]) -> None:
    with ScriptedMilter({stage: (Accept(),)}) as milter, MilterClient(milter.endpoint) as client:
        settled = Outcome(Accept(), stage)
        assert client.greet(Peer()) == settled
        assert client.send_message(MESSAGE) == settled
        client.quit()
        assert [type(it) for it in milter.commands()][-2:] == [stage, Quit]


def test_a_refused_recipient_does_not_stop_the_others() -> None:
    with ScriptedMilter({Rcpt: (TempFail(),)}) as milter:
        outcome = judge(milter.endpoint, TWO)
        assert outcome.reply == TempFail()
        assert outcome.stage is Rcpt
        assert [recipient for recipient, _ in outcome.refused] == [b"<a@x>", b"<b@x>"]
        assert sum(isinstance(it, Rcpt) for it in milter.commands()) == 2
        assert not any(isinstance(it, Data) for it in milter.commands())


def test_an_accepted_recipient_accepts_the_message() -> None:
    with ScriptedMilter({Rcpt: (Accept(),)}) as milter:
        assert judge(milter.endpoint, TWO) == Outcome(Accept(), Rcpt)


def test_a_filter_that_had_enough_of_the_body_gets_no_more() -> None:
    with ScriptedMilter({Body: (Skip(),)}, wants=ALL) as milter:
        outcome = judge(milter.endpoint, replace(MESSAGE, body=b"x" * 3 * CHUNK))
        assert outcome == Outcome(Accept(), EndOfMessage)
        assert sum(isinstance(it, Body) for it in milter.commands()) == 1


def test_silence_where_it_was_agreed_on() -> None:
    silent = Options(6, steps=Steps(0xFF080) | Steps.HDR_LEADSPC)
    with ScriptedMilter(wants=silent) as milter:
        assert judge(milter.endpoint, MESSAGE) == Outcome(Accept(), EndOfMessage)
        assert Header(b"Subject", b" x") in milter.commands()


def test_an_old_mta_can_be_played() -> None:
    with ScriptedMilter(wants=Options(2)) as milter:
        assert judge(milter.endpoint, MESSAGE, offered=offer(2)).reply == Accept()
        assert not any(isinstance(it, Data) for it in milter.commands())


@pytest.mark.parametrize(
    ("peer", "connect"),
    [
        (Peer(family=Family.UNKNOWN, host=b"localhost"), Connect(b"localhost")),
        (
            Peer(family=Family.INET6, address=b"2001:db8::1", port=9),
            Connect(b"client.example.org", Family.INET6, 9, b"2001:db8::1"),
        ),
        (
            Peer(b"localhost", Family.UNIX, b"/run/x", 0),
            Connect(b"localhost", Family.UNIX, 0, b"/run/x"),
        ),
    ],
)
def test_clients_of_every_kind(peer: Peer, connect: Connect) -> None:
    with ScriptedMilter() as milter:
        judge(milter.endpoint, MESSAGE, peer)
        assert milter.commands()[0] == connect


def test_two_clients_can_share_a_milter_connection() -> None:
    with ScriptedMilter() as milter, MilterClient(milter.endpoint) as client:
        client.greet(Peer())
        client.send_message(MESSAGE)
        client.next_connection()
        client.greet(Peer(host=b"other.example"))
        assert client.send_message(MESSAGE).reply == Accept()
        client.quit()
        assert len(milter.sessions) == 1
        assert sum(isinstance(it, QuitNewConnection) for it in milter.commands()) == 1


def test_each_step_can_be_taken_by_itself() -> None:
    with ScriptedMilter() as milter, MilterClient(milter.endpoint) as client:
        assert client.connect(b"h", Family.INET, 25, b"192.0.2.1") == Continue()
        assert client.helo(b"mx") == Continue()
        assert client.unknown(b"XYZ") == Continue()
        assert client.mail(b"<a@x>", (b"SIZE=1",), {b"{mail_addr}": b"a@x"}) == Continue()
        assert client.rcpt(b"<b@x>", (b"NOTIFY=NEVER",)) == Continue()
        assert client.data({b"i": b"4Q"}) == Continue()
        assert client.header(b"A", b" b") == Continue()
        assert client.eoh() == Continue()
        assert client.body(b"x") == Continue()
        assert client.eom({b"i": b"4Q"}, last=b"y").reply == Accept()
        client.mail(b"<>")
        client.abort()
        client.quit()
        assert milter.commands() == [
            Connect(b"h", Family.INET, 25, b"192.0.2.1"),
            Helo(b"mx"),
            Unknown(b"XYZ"),
            Mail(b"<a@x>", (b"SIZE=1",)),
            Rcpt(b"<b@x>", (b"NOTIFY=NEVER",)),
            Data(),
            Header(b"A", b"b"),
            EndOfHeader(),
            Body(b"x"),
            EndOfMessage(b"y"),
            Mail(b"<>"),
            Abort(),
            Quit(),
        ]
        assert milter.macros(Data) == {b"i": b"4Q"}
