"""A private Sendmail, and what the scripted milter sees of it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.mail_server import Queued
from tests.scripted_milter import Script, ScriptedMilter
from tests.sendmail import PrivateSendmail, parse_mailq, why_not
from tests.sink import Sink

from clamgate.harness.wire import (
    Accept,
    Actions,
    Connect,
    EndOfMessage,
    MacroStage,
    Mail,
    Options,
    Quarantine,
    Rcpt,
    ReplyCode,
)

REASON = why_not()
needs_sendmail = pytest.mark.skipif(REASON is not None, reason=str(REASON))

ALL_ACTIONS = Options(6, Actions(0x1FF))
MAIL = b"Subject: one\r\n\r\nhello\r\n"
SENDER = "sender@example.org"
RECIPIENT = "rcpt@example.net"


@dataclass(frozen=True)
class Kit:
    """A Sendmail with a scripted milter before it and a sink behind it."""

    sink: Sink
    milter: ScriptedMilter
    sendmail: PrivateSendmail


@pytest.fixture(scope="module")
def shared() -> Iterator[Kit]:
    with Sink() as sink, ScriptedMilter() as milter:
        line = f"INPUT_MAIL_FILTER(`scripted', `S={milter.sendmail_name}, F=T')\n"
        with PrivateSendmail(sink.port, lines=line) as sendmail:
            yield Kit(sink, milter, sendmail)


@pytest.fixture
def kit(shared: Kit) -> Iterator[Kit]:
    shared.milter.teach()
    yield shared
    shared.sendmail.clear()
    shared.sink.forget()
    shared.milter.check()


def send(sendmail: PrivateSendmail, content: bytes = MAIL, *recipients: str) -> None:
    with smtplib.SMTP("127.0.0.1", sendmail.port) as client:
        client.sendmail(SENDER, recipients or (RECIPIENT,), content)


@needs_sendmail
def test_mail_by_smtp_and_by_the_sendmail_command_reaches_the_sink(kit: Kit) -> None:
    send(kit.sendmail, MAIL, "a@example.net", "b@example.net")
    kit.sendmail.sendmail(b"Subject: two\n\nfrom a program\n", SENDER, RECIPIENT)
    mails = {mail.values(b"Subject")[0]: mail for mail in kit.sink.wait_for(2)}
    assert set(mails[b"one"].recipients) == {"a@example.net", "b@example.net"}
    assert mails[b"one"].sender == SENDER
    assert mails[b"one"].body == b"hello\r\n"
    assert mails[b"two"].body == b"from a program\r\n"


@needs_sendmail
def test_a_mail_that_the_sink_refuses_for_now_is_deferred_and_sent_again(kit: Kit) -> None:
    kit.sink.refuse_next("451 4.3.0 come back later")
    send(kit.sendmail)
    (queued,) = kit.sendmail.wait_for_queue("deferred")
    assert (queued.sender, queued.recipients) == (SENDER, (RECIPIENT,))
    assert "come back later" in queued.reasons[0]
    assert kit.sink.deliveries == ()
    kit.sendmail.flush()
    assert len(kit.sink.wait_for(1)) == 1


@needs_sendmail
def test_two_instances_run_side_by_side(kit: Kit) -> None:
    with PrivateSendmail(kit.sink.port) as other:
        send(kit.sendmail)
        send(other)
        kit.sink.wait_for(2)
        assert kit.sendmail.port != other.port


@needs_sendmail
def test_each_server_can_have_a_filter_of_its_own(kit: Kit) -> None:
    refusing: Script = {EndOfMessage: (ReplyCode(b"550 5.7.1 not here"),)}
    with ScriptedMilter(refusing) as milter:
        lines = f"MAIL_FILTER(`one', `S={milter.sendmail_name}, F=T')\n"
        servers = ("", ", InputMailFilters=one")
        with PrivateSendmail(kit.sink.port, lines=lines, servers=servers) as two:
            send(two)
            with (
                smtplib.SMTP("127.0.0.1", two.ports[1]) as client,
                pytest.raises(smtplib.SMTPDataError, match="not here"),
            ):
                client.sendmail(SENDER, RECIPIENT, MAIL)
            two.wait_until_delivered()
    assert len(kit.sink.deliveries) == 1


@needs_sendmail
def test_the_sendmail_command_goes_by_smtp_so_the_filter_sees_the_loopback(kit: Kit) -> None:
    kit.sendmail.sendmail(MAIL, SENDER, RECIPIENT)
    kit.milter.wait_for_sessions(1)
    (connect,) = (it for it in kit.milter.commands() if isinstance(it, Connect))
    assert (connect.host, connect.address) == (b"localhost", b"127.0.0.1")


@needs_sendmail
def test_a_filter_gets_the_macros_that_it_asks_for(kit: Kit) -> None:
    # A list for the end of message is heeded only beside one for the end of the header.
    at_end = (MacroStage.EOH, ()), (MacroStage.EOM, (b"i",))
    asked = ((MacroStage.RCPT, (b"i", b"{client_addr}")), *at_end)
    kit.milter.teach(wants=Options(6, Actions.CHOOSE_MACROS, macros=asked))
    send(kit.sendmail)
    kit.milter.wait_for_sessions(1)
    assert kit.milter.macros(Rcpt)[b"{client_addr}"] == b"127.0.0.1"
    assert kit.milter.macros(EndOfMessage).keys() == {b"i"}
    assert kit.milter.macros(EndOfMessage)[b"i"] == kit.milter.macros(Mail)[b"i"]


@needs_sendmail
def test_a_quarantined_mail_is_held_until_it_is_released(kit: Kit) -> None:
    kit.milter.teach({EndOfMessage: (Quarantine(b"smells"), Accept())}, ALL_ACTIONS)
    send(kit.sendmail)
    (held,) = kit.sendmail.wait_for_queue("hold")
    assert (held.sender, held.reasons) == (SENDER, ("smells",))
    assert "QUARANTINE: smells" in kit.sendmail.mailq("-qQ")
    assert "Total requests: 0" in kit.sendmail.mailq()
    assert kit.sink.deliveries == ()
    kit.sendmail.release(held.id)
    assert len(kit.sink.wait_for(1)) == 1


def test_mailq_is_understood() -> None:
    listing = (
        "\t\tqueue (2 requests)\n"
        "-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------\n"
        "6AP3hOm5009251        6 Wed Nov 25 03:43 <a@example.org>\n"
        "     QUARANTINE: smells\n"
        "\t\t\t\t\t <x@example.net>\n"
        "\t\t\t\t\t <y@example.net>\n"
        "6AP3hOm5009252*       6 Wed Nov 25 03:43 <>\n"
        "\t\t\t\t\t <z@example.net>\n"
        "6AP3hOm5009253        6 Wed Nov 25 03:43 <b@example.org>\n"
        "                 (Deferred: 451 4.3.0 later)\n"
        "\t\t\t\t\t <z@example.net>\n"
        "\t\tTotal requests: 3\n"
    )
    assert parse_mailq(listing) == (
        Queued(
            "hold",
            "6AP3hOm5009251",
            "a@example.org",
            ("x@example.net", "y@example.net"),
            ("smells",),
        ),
        Queued("active", "6AP3hOm5009252", "", ("z@example.net",), ()),
        Queued(
            "deferred",
            "6AP3hOm5009253",
            "b@example.org",
            ("z@example.net",),
            ("Deferred: 451 4.3.0 later",),
        ),
    )
    assert parse_mailq("queue is empty\n\t\tTotal requests: 0\n") == ()
