"""The test kit itself: a private Postfix, the sink behind it, and the scripted milter before it."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.postfix import PrivatePostfix, why_not
from tests.scripted_milter import ScriptedMilter
from tests.sink import Sink

from clamgate.harness.wire import (
    Accept,
    Actions,
    AddHeader,
    Body,
    ChangeHeader,
    Command,
    Connect,
    Data,
    Discard,
    EndOfMessage,
    Header,
    InsertHeader,
    MacroStage,
    Mail,
    Options,
    Quarantine,
    Rcpt,
    ReplaceBody,
    ReplyCode,
    Skip,
    Steps,
    TempFail,
)

REASON = why_not()
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))

ALL_ACTIONS = Options(6, Actions(0x1FF), Steps.HDR_LEADSPC | Steps.SKIP)
MAIL = b"Subject: one\r\nX-Old: 1\r\n\r\nhello\r\n"
SENDER = "sender@example.org"
RECIPIENT = "rcpt@example.net"


@dataclass(frozen=True)
class Kit:
    """A Postfix with a scripted milter before it and a sink behind it."""

    sink: Sink
    milter: ScriptedMilter
    postfix: PrivatePostfix


@pytest.fixture(scope="module")
def shared() -> Iterator[Kit]:
    """One Postfix for all tests here: starting it takes longer than any of them."""
    with (
        Sink() as sink,
        ScriptedMilter() as milter,
        PrivatePostfix(
            sink.port, smtpd_milters=milter.postfix_name, non_smtpd_milters=milter.postfix_name
        ) as postfix,
    ):
        milter.wait_for_sessions(1)  # PrivatePostfix looks whether it is up
        yield Kit(sink, milter, postfix)


@pytest.fixture
def kit(shared: Kit) -> Iterator[Kit]:
    shared.milter.teach()
    yield shared
    shared.postfix.clear()
    shared.sink.forget()
    shared.milter.check()


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


def send(postfix: PrivatePostfix, content: bytes = MAIL, *recipients: str) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.port) as client:
        client.sendmail(SENDER, recipients or (RECIPIENT,), content)


def test_mail_by_smtp_and_by_the_sendmail_command_reaches_the_sink(sink: Sink) -> None:
    with PrivatePostfix(sink.port) as postfix:
        send(postfix, MAIL, "a@example.net", "b@example.net")
        postfix.sendmail(b"Subject: two\n\nfrom a program\n", SENDER, RECIPIENT)
        mails = {mail.values(b"Subject")[0]: mail for mail in sink.wait_for(2)}
        postfix.wait_until_delivered()
        assert postfix.queue() == ()
    assert mails[b"one"].recipients == ("a@example.net", "b@example.net")
    assert mails[b"one"].sender == SENDER
    assert mails[b"one"].body == b"hello\r\n"
    assert mails[b"two"].body == b"from a program\r\n"


def test_a_mail_that_the_sink_refuses_for_now_is_deferred_and_sent_again(sink: Sink) -> None:
    sink.refuse_next("451 4.3.0 come back later")
    with PrivatePostfix(sink.port) as postfix:
        send(postfix)
        (queued,) = postfix.wait_for_queue("deferred")
        assert queued.recipients == (RECIPIENT,)
        assert "come back later" in queued.reasons[0]
        assert sink.deliveries == ()
        postfix.flush()
        assert len(sink.wait_for(1)) == 1


def test_two_instances_run_side_by_side(sink: Sink) -> None:
    with PrivatePostfix(sink.port) as one, PrivatePostfix(sink.port) as other:
        send(one)
        send(other)
        sink.wait_for(2)
        assert one.port != other.port


def test_mail_is_deferred_while_no_filter_answers(sink: Sink) -> None:
    with socket.socket() as silent:  # it keeps the port from others, and does not listen
        silent.bind(("127.0.0.1", 0))
        name = f"inet:127.0.0.1:{silent.getsockname()[1]}"
        with (
            PrivatePostfix(sink.port, smtpd_milters=name) as postfix,
            pytest.raises(smtplib.SMTPException, match="451"),
        ):
            send(postfix)
    assert sink.deliveries == ()


def test_the_filter_is_told_what_an_mta_tells(kit: Kit) -> None:
    kit.milter.teach(wants=ALL_ACTIONS)
    send(kit.postfix, b"Subject:  two spaces\r\n folded\r\nTab:\tx\r\n\r\n" + b"y" * 70 + b"\r\n")
    kit.milter.wait_for_sessions(1)
    told = kit.milter.commands()
    assert [type(it).__name__ for it in told[:4]] == ["Connect", "Helo", "Mail", "Rcpt"]
    assert Header(b"Subject", b"  two spaces\n folded") in told
    assert Header(b"Tab", b"\tx") in told
    assert Body(b"y" * 70 + b"\r\n") in told
    assert EndOfMessage() in told
    assert kit.milter.macros(Data)[b"i"]
    assert kit.milter.macros(Rcpt)[b"{rcpt_addr}"] == RECIPIENT.encode()


def test_the_sendmail_command_gives_addresses_without_brackets(kit: Kit) -> None:
    kit.postfix.sendmail(MAIL, SENDER, RECIPIENT)
    kit.milter.wait_for_sessions(1)
    told = kit.milter.commands()
    assert Mail(SENDER.encode()) in told
    assert Rcpt(RECIPIENT.encode()) in told
    assert isinstance(told[0], Connect)
    assert (told[0].host, told[0].port) == (b"localhost", 0)


def test_a_filter_chooses_the_macros_it_gets(kit: Kit) -> None:
    wanted = (b"{client_addr}", b"{mail_addr}")
    kit.milter.teach(wants=Options(6, Actions.CHOOSE_MACROS, macros=((MacroStage.MAIL, wanted),)))
    send(kit.postfix)
    kit.milter.wait_for_sessions(1)
    assert kit.milter.macros(Mail) == {
        b"{client_addr}": b"127.0.0.1",
        b"{mail_addr}": SENDER.encode(),
    }


def test_edits_arrive_downstream(kit: Kit) -> None:
    edits = (
        ChangeHeader(1, b"X-Old", b""),
        ChangeHeader(1, b"Subject", b" changed"),
        AddHeader(b"X-Last", b" at the end"),
        InsertHeader(1, b"X-First", b" below our Received"),
        ReplaceBody(b"another body\r\n"),
    )
    kit.milter.teach({EndOfMessage: (*edits, Accept())}, ALL_ACTIONS)
    send(kit.postfix)
    (mail,) = kit.sink.wait_for(1)
    names = [line.split(b":")[0] for line in mail.content.split(b"\r\n") if line[:1] > b" "]
    assert names[:2] == [b"Received", b"X-First"]
    assert mail.values(b"X-Old") == []
    assert mail.values(b"Subject") == [b"changed"]
    assert mail.values(b"X-Last") == [b"at the end"]
    assert mail.body == b"another body\r\n"


def test_a_quarantined_mail_is_held_until_it_is_released(kit: Kit) -> None:
    kit.milter.teach({EndOfMessage: (Quarantine(b"smells"), Accept())}, ALL_ACTIONS)
    send(kit.postfix)
    (held,) = kit.postfix.wait_for_queue("hold")
    assert held.sender == SENDER
    assert kit.sink.deliveries == ()
    kit.postfix.release(held.id)
    assert len(kit.sink.wait_for(1)) == 1


def test_the_text_of_a_refusal_reaches_the_smtp_client(kit: Kit) -> None:
    kit.milter.teach({EndOfMessage: (ReplyCode(b"550 5.7.1 100%% bad"),)})
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(kit.postfix)
    assert (refusal.value.smtp_code, refusal.value.smtp_error) == (550, b"5.7.1 100% bad")
    kit.postfix.wait_for_log("milter-reject: END-OF-MESSAGE .* 5.7.1 100% bad")
    assert kit.sink.deliveries == ()


@pytest.mark.parametrize("stage", [Connect, Mail, Rcpt, Data, Header, EndOfMessage])
def test_a_temporary_failure_at_any_stage_is_a_451(kit: Kit, stage: type[Command]) -> None:
    kit.milter.teach({stage: (TempFail(),)})
    with pytest.raises(smtplib.SMTPException, match=r"4[25]1"):
        send(kit.postfix)
    assert kit.postfix.queue() == ()
    assert kit.sink.deliveries == ()


def test_a_discarded_mail_is_taken_and_never_seen_again(kit: Kit) -> None:
    kit.milter.teach({EndOfMessage: (Discard(),)})
    send(kit.postfix)
    kit.postfix.wait_for_log("milter-discard: END-OF-MESSAGE")
    assert kit.postfix.queue() == ()
    assert kit.sink.deliveries == ()


def test_a_filter_that_had_enough_of_the_body_gets_no_more(kit: Kit) -> None:
    kit.milter.teach({Body: (Skip(),)}, ALL_ACTIONS)
    send(kit.postfix, b"Subject: long\r\n\r\n" + (b"x" * 900 + b"\r\n") * 300)
    kit.sink.wait_for(1)
    assert sum(isinstance(it, Body) for it in kit.milter.commands()) == 1


def test_steps_that_were_not_wanted_are_not_sent(kit: Kit) -> None:
    unwanted = Steps.NO_HELO | Steps.NO_EOH | Steps.NO_DATA | Steps.NR_BODY | Steps.NR_HEADER
    kit.milter.teach(wants=Options(6, steps=unwanted))
    send(kit.postfix)
    kit.milter.wait_for_sessions(1)
    sent = {type(it).__name__ for it in kit.milter.commands()}
    assert sent == {"Connect", "Mail", "Rcpt", "Header", "Body", "EndOfMessage", "Abort", "Quit"}
