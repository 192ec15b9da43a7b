"""The front, with real SMTP clients before it, scripted milters beside it and a sink behind it."""

from __future__ import annotations

import smtplib
import socket
from dataclasses import replace

import pytest
from tests.harness.mta.fronts import Kept, RawClient, Watcher
from tests.scripted_milter import HangUp, Script, ScriptedMilter
from tests.sink import Sink

from clamgate.harness.link import Deadlines
from clamgate.harness.mta.delivery import Relay
from clamgate.harness.mta.filters import Milter
from clamgate.harness.mta.front import Front, Terms
from clamgate.harness.mta.hold import HoldQueue
from clamgate.harness.mta.obedience import DefaultAction
from clamgate.harness.mta.report import Fate
from clamgate.harness.ports import free_port
from clamgate.harness.wire import (
    Abort,
    Accept,
    Actions,
    AddHeader,
    Answer,
    Body,
    ChangeHeader,
    Command,
    Connect,
    Data,
    DeleteRecipient,
    Discard,
    EndOfHeader,
    EndOfMessage,
    Family,
    Header,
    Helo,
    InsertHeader,
    Mail,
    Options,
    Quarantine,
    Quit,
    Rcpt,
    Reject,
    Reply,
    ReplyCode,
    Shutdown,
    Steps,
    TempFail,
    Unknown,
)

ALL = Options(6, Actions(0x1FF), Steps.NONE)
MAIL = b"Subject: x\r\n\r\nhello\r\n"
TO = ["a@x.test", "b@x.test"]
REJECTED = (550, b"5.7.1 Command rejected")
DEFERRED = (451, b"4.7.1 Service unavailable - try again later")


class Setting:
    """A front with milters that follow a script each."""

    def __init__(self, sink: Sink, hold: HoldQueue, watcher: Watcher) -> None:
        self.sink = sink
        self.hold = hold
        self.watcher = watcher

    def front(
        self,
        *milters: ScriptedMilter,
        action: DefaultAction = DefaultAction.TEMPFAIL,
        deadlines: Deadlines | None = None,
        terms: Terms | None = None,
    ) -> Front:
        asked = (Milter(it.endpoint, action, deadlines or Deadlines()) for it in milters)
        return self.front_of(*asked, terms=terms)

    def front_of(self, *asked: Milter, terms: Terms | None = None) -> Front:
        relay = Relay("127.0.0.1", self.sink.port)
        return Front(asked, relay, self.hold, terms, self.watcher)


@pytest.fixture
def setting(sink: Sink, hold: HoldQueue, watcher: Watcher) -> Setting:
    return Setting(sink, hold, watcher)


def send(front: Front, mail: bytes = MAIL) -> tuple[int, bytes]:
    """Send a mail, and return the reply that ended it."""
    try:
        with smtplib.SMTP("127.0.0.1", front.port) as client:
            client.sendmail("s@x.test", TO, mail)
            return 250, b""
    except smtplib.SMTPRecipientsRefused as refusal:
        return next(iter(refusal.recipients.values()))
    except smtplib.SMTPResponseException as refusal:
        text = refusal.smtp_error
        return refusal.smtp_code, text if isinstance(text, bytes) else text.encode()


def test_a_mail_passes_and_the_filter_is_told_all_in_order(setting: Setting) -> None:
    with ScriptedMilter(wants=ALL) as milter, setting.front(milter) as front:
        assert send(front) == (250, b"")
        milter.wait_for_sessions(1)
        connect, *rest = milter.commands()
        assert isinstance(connect, Connect)
        assert (connect.host, connect.family) == (b"unknown", Family.INET)
        assert connect.address == b"127.0.0.1"
        assert [it for it in rest if not isinstance(it, Helo | Abort)] == [
            Mail(b"<s@x.test>", (b"size=21",)),
            Rcpt(b"<a@x.test>"),
            Rcpt(b"<b@x.test>"),
            Data(),
            Header(b"Subject", b"x"),
            EndOfHeader(),
            Body(b"hello\r\n"),
            EndOfMessage(),
            Quit(),
        ]
    (delivery,) = setting.sink.deliveries
    assert (delivery.sender, delivery.recipients) == ("s@x.test", tuple(TO))
    received, _, content = delivery.content.partition(b"\r\nSubject")
    assert b"Subject" + content == MAIL
    assert received.startswith(b"Received: from ")
    (passage,) = setting.watcher.passages
    assert (passage.fate, passage.recipients) == (Fate.DELIVERED, (b"a@x.test", b"b@x.test"))


def test_macros(setting: Setting) -> None:
    with ScriptedMilter(wants=ALL) as milter, setting.front(milter) as front:
        send(front)
        milter.wait_for_sessions(1)
        assert milter.macros(Connect)[b"j"] == b"mx.example.net"
        assert milter.macros(Connect)[b"_"] == b"unknown [127.0.0.1]"
        assert milter.macros(Mail)[b"{mail_addr}"] == b"s@x.test"
        queue_id = milter.macros(EndOfMessage)[b"i"]
        assert milter.macros(Rcpt) == {
            b"i": queue_id,
            b"{rcpt_addr}": b"b@x.test",
            b"{rcpt_host}": b"x.test",
            b"{rcpt_mailer}": b"smtp",
        }
    assert setting.watcher.passages[0].queue_id == queue_id.decode()


@pytest.mark.parametrize("stage", [Mail, Rcpt, Data, Header, EndOfHeader, Body, EndOfMessage])
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reject(), REJECTED),
        (TempFail(), DEFERRED),
        (ReplyCode(b"554 5.6.0 100%%"), (554, b"5.6.0 100%")),
    ],
)
def test_a_refusal_at_each_stage_is_what_the_client_reads(
    setting: Setting, stage: type[Command], reply: Reply, expected: tuple[int, bytes]
) -> None:
    with ScriptedMilter({stage: (reply,)}) as milter, setting.front(milter) as front:
        assert send(front) == expected
    assert setting.sink.deliveries == ()
    fate = Fate.REFUSED if expected[0] >= 500 else Fate.DEFERRED
    assert {it.fate for it in setting.watcher.passages} == {fate}


@pytest.mark.parametrize("stage", [Mail, Rcpt, Data, Header, EndOfHeader, Body, EndOfMessage])
def test_accept_and_discard_at_each_stage(setting: Setting, stage: type[Command]) -> None:
    with ScriptedMilter({stage: (Accept(),)}) as milter, setting.front(milter) as front:
        assert send(front) == (250, b"")
        assert len(setting.sink.deliveries) == 1
        milter.teach({stage: (Discard(),)})
        assert send(front) == (250, b"")
    assert len(setting.sink.deliveries) == 1
    assert [it.fate for it in setting.watcher.passages] == [Fate.DELIVERED, Fate.DISCARDED]


@pytest.mark.parametrize(
    ("stage", "reply", "greeting", "hello", "mail"),
    [
        (
            Connect,
            Reject(),
            b"554 mx.example.net ESMTP not accepting connections",
            b"250 mx.example.net",
            b"550 5.7.1 Command rejected",
        ),
        (
            Connect,
            TempFail(),
            b"220 mx.example.net ESMTP clamgate",
            b"250 mx.example.net",
            b"451 4.7.1 Service unavailable - try again later",
        ),
        (
            Helo,
            Reject(),
            b"220 mx.example.net ESMTP clamgate",
            b"250 mx.example.net",
            b"550 5.7.1 Command rejected",
        ),
        (
            Connect,
            Shutdown(),
            b"421 mx.example.net Service unavailable - try again later",
            b"",
            b"",
        ),
        (
            Helo,
            ReplyCode(b"421 4.7.0 bye"),
            b"220 mx.example.net ESMTP clamgate",
            b"421 4.7.0 bye",
            b"",
        ),
    ],
)
def test_a_client_that_is_refused(  # noqa: PLR0913, PLR0917 - a table of replies
    setting: Setting,
    stage: type[Command],
    reply: Reply,
    greeting: bytes,
    hello: bytes,
    mail: bytes,
) -> None:
    with (
        ScriptedMilter({stage: (reply,)}) as milter,
        setting.front(milter) as front,
        RawClient(front.port) as client,
    ):
        assert client.reply() == greeting
        if hello:
            assert client.say(b"HELO c.test") == hello
        if mail:
            assert client.say(b"MAIL FROM:<s@x.test>") == mail
            assert client.say(b"RCPT TO:<a@x.test>") == b"503 5.5.1 Error: need MAIL command"
            assert client.say(b"QUIT") == b"221 2.0.0 Bye"
        assert client.reply() == b""


def test_one_refused_recipient_leaves_the_others(setting: Setting) -> None:
    script: dict[type[Command] | Command, tuple[Answer | bytes | HangUp, ...]] = {Rcpt: (Reject(),)}
    with (
        ScriptedMilter(script) as milter,
        setting.front(milter) as front,
        RawClient(front.port) as client,
    ):
        client.reply()
        client.say(b"EHLO c")
        client.say(b"MAIL FROM:<s@x.test>")
        assert client.say(b"RCPT TO:<a@x.test>") == b"550 5.7.1 Command rejected"
        assert client.say(b"DATA") == b"554 5.5.1 Error: no valid recipients"
        script.clear()
        assert client.say(b"RCPT TO:<b@x.test>") == b"250 2.1.5 Ok"
        assert client.say(b"DATA").startswith(b"354 ")
        assert client.say(MAIL + b".").startswith(b"250 2.0.0 Ok: queued as ")
    assert setting.sink.deliveries[0].recipients == ("b@x.test",)


def test_edits_are_applied(setting: Setting) -> None:
    edits = (
        AddHeader(b"X-Last", b"1"),
        InsertHeader(0, b"X-First", b"1"),
        ChangeHeader(1, b"Subject", b"y"),
        DeleteRecipient(b"<a@x.test>"),
    )
    with (
        ScriptedMilter({EndOfMessage: (*edits, Accept())}, wants=ALL) as milter,
        setting.front(milter) as front,
    ):
        assert send(front) == (250, b"")
    (delivery,) = setting.sink.deliveries
    assert delivery.recipients == ("b@x.test",)
    assert delivery.content.startswith(b"X-First: 1\r\nReceived: ")
    assert delivery.content.endswith(b"\r\nSubject: y\r\nX-Last: 1\r\n\r\nhello\r\n")
    (passage,) = setting.watcher.passages
    assert passage.header_set(b"x-last") == b"1"


def test_quarantined_mail_is_held_and_can_be_released(setting: Setting) -> None:
    script: Script = {EndOfMessage: (AddHeader(b"X", b"1"), Quarantine(b"bad"), Accept())}
    with ScriptedMilter(script, wants=ALL) as milter, setting.front(milter) as front:
        assert send(front) == (250, b"")
    assert not setting.sink.deliveries
    (held,) = setting.hold.list()
    assert (held.reason, held.parcel.sender) == (b"bad", b"s@x.test")
    setting.hold.release(held.parcel.queue_id, Relay("127.0.0.1", setting.sink.port))
    (delivery,) = setting.sink.deliveries
    assert (delivery.recipients, delivery.values(b"X")) == (tuple(TO), [b"1"])
    assert setting.hold.list() == ()
    assert [it.fate for it in setting.watcher.passages] == [Fate.HELD]


def test_a_later_filter_sees_what_the_earlier_made_of_it(setting: Setting) -> None:
    first: Script = {
        EndOfMessage: (InsertHeader(0, b"A", b"1"), ChangeHeader(1, b"Subject", b""), Accept())
    }
    with (
        ScriptedMilter(first, wants=ALL) as one,
        ScriptedMilter(wants=ALL) as two,
        setting.front(one, two) as front,
    ):
        assert send(front) == (250, b"")
        two.wait_for_sessions(1)
        assert [it for it in two.commands() if isinstance(it, Header)] == [Header(b"A", b"1")]


def test_a_later_filter_is_not_asked_what_an_earlier_settled(setting: Setting) -> None:
    with (
        ScriptedMilter({Rcpt: (Reject(),)}) as one,
        ScriptedMilter() as two,
        setting.front(one, two) as front,
    ):
        assert send(front) == REJECTED
        two.wait_for_sessions(1)
        assert not [it for it in two.commands() if isinstance(it, Rcpt)]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (DefaultAction.ACCEPT, (250, b"")),
        (DefaultAction.TEMPFAIL, DEFERRED),
        (DefaultAction.QUARANTINE, (250, b"")),
    ],
)
@pytest.mark.parametrize("stage", [Connect, Helo, Mail, Rcpt, Data, Header, Body, EndOfMessage])
def test_a_filter_that_is_too_slow(
    setting: Setting, stage: type[Command], action: DefaultAction, expected: tuple[int, bytes]
) -> None:
    quick = Deadlines(connect=5.0, command=0.2, message=0.2)
    with (
        ScriptedMilter({stage: ()}) as milter,
        setting.front(milter, action=action, deadlines=quick) as front,
    ):
        assert send(front) == expected
    assert "the deadline passed" in setting.watcher.troubles[0]
    assert len(setting.sink.deliveries) == (action is DefaultAction.ACCEPT)
    assert len(setting.hold.list()) == (action is DefaultAction.QUARANTINE)


def test_a_filter_that_is_not_there(setting: Setting) -> None:
    gone = Milter(("127.0.0.1", free_port()), DefaultAction.REJECT)
    rejecting = setting.front_of(gone)
    with rejecting as front, RawClient(front.port) as client:
        assert client.reply() == b"554 mx.example.net ESMTP not accepting connections"
        client.say(b"EHLO c")
        assert client.say(b"MAIL FROM:<s@x.test>") == b"550 5.5.0 Service unavailable"
    with setting.front_of(replace(gone, action=DefaultAction.TEMPFAIL)) as front:
        assert send(front) == DEFERRED
    assert "no filter answers at" in setting.watcher.troubles[0]


def test_unknown_commands_are_told(setting: Setting) -> None:
    script: dict[type[Command] | Command, tuple[Answer | bytes | HangUp, ...]] = {
        Unknown: (ReplyCode(b"500 5.5.1 what?"),)
    }
    with ScriptedMilter(script) as milter, setting.front(milter) as front:
        with RawClient(front.port) as client:
            client.reply()
            assert client.say(b"Frob nicate") == b"500 5.5.1 what?"
            script.clear()
            assert client.say(b"Frob") == b"500 5.5.2 Error: command not recognized"
        milter.wait_for_sessions(1)
        assert [it for it in milter.commands() if isinstance(it, Unknown)] == [
            Unknown(b"Frob"),
            Unknown(b"Frob"),
        ]


def test_several_messages_and_rset_in_a_session(setting: Setting) -> None:
    with ScriptedMilter() as milter, setting.front(milter) as front:
        with smtplib.SMTP("127.0.0.1", front.port) as client:
            client.sendmail("s@x.test", TO, MAIL)
            client.mail("t@x.test")
            client.rcpt("a@x.test")
            client.rset()
            client.sendmail("u@x.test", TO, MAIL)
        milter.wait_for_sessions(1)
        kinds = [type(it) for it in milter.commands() if not isinstance(it, Header | Body)]
    message = [Mail, Rcpt, Rcpt, Data, EndOfHeader, EndOfMessage, Abort]
    assert kinds == [Connect, Helo, *message, Mail, Rcpt, Abort, *message, Abort, Quit]
    assert [it.sender for it in setting.sink.deliveries] == ["s@x.test", "u@x.test"]


def test_a_client_that_is_gone_in_the_middle_of_a_message(setting: Setting) -> None:
    with ScriptedMilter() as milter, setting.front(milter) as front:
        with RawClient(front.port) as client:
            client.begin()
            client.send(b"Subject: x\r\n\r\nhal")
        milter.wait_for_sessions(1)
        kinds = [type(it) for it in milter.commands()]
    assert kinds == [Connect, Helo, Mail, Rcpt, Data, Abort, Abort, Quit]
    assert (setting.sink.deliveries, setting.watcher.passages) == ((), [])
    assert setting.watcher.troubles == []


def test_all_at_once_and_then_silence(setting: Setting) -> None:
    dialogue = b"\r\n".join(
        [
            b"EHLO c",
            b"MAIL FROM:<s@x.test>",
            b"RCPT TO:<a@x.test>",
            b"DATA",
            b"Subject: x\r\n\r\n..a\r\n.",
            b"MAIL FROM:<t@x.test>",
            b"RSET",
            b"QUIT\r\n",
        ]
    )
    with (
        ScriptedMilter() as milter,
        setting.front(milter) as front,
        RawClient(front.port) as client,
    ):
        client.send(dialogue)
        client.socket.shutdown(socket.SHUT_WR)
        codes = [client.reply()[:3] for _ in range(9)]
        assert client.reply() == b""
    assert codes == [b"220", b"250", b"250", b"250", b"354", b"250", b"250", b"250", b"221"]
    assert setting.sink.deliveries[0].body == b".a\r\n"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"..\r\n...x\r\n", b".\r\n..x\r\n"),
        (b"\0\x01\x80\xff\r\n", b"\0\x01\x80\xff\r\n"),
        (b"a\nb\n", b"a\r\nb\r\n"),
        (
            b"x" * 300_000 + b"\r\n" + b"y" * 65536 + b"\r\n",
            b"x" * 300_000 + b"\r\n" + b"y" * 65536 + b"\r\n",
        ),
        (b"a\n.\r\nb\r\n", b"a\r\nb\r\n"),
        (b"\r\n\r\n \r\n", b"\r\n\r\n \r\n"),
    ],
)
def test_bytes_of_the_body(hold: HoldQueue, sent: bytes, kept: bytes) -> None:
    downstream = Kept()
    with ScriptedMilter() as milter, Front([Milter(milter.endpoint)], downstream, hold) as front:
        with RawClient(front.port) as client:
            client.begin()
            client.send(b"Subject: x\r\n\r\n" + sent + (b"" if sent.endswith(b"\r\n") else b"\r\n"))
            assert client.say(b".").startswith(b"250 2.0.0 Ok")
        milter.wait_for_sessions(1)
        told = b"".join(it.data for it in milter.commands() if isinstance(it, Body))
    expected = kept if sent.endswith(b"\r\n") else kept + b"\r\n"
    assert told == expected
    assert downstream.parcels[0].content.partition(b"\r\n\r\n")[2] == expected
