"""The SMTP server's side: encryption, logins, and clients that do not behave."""

from __future__ import annotations

import smtplib
import socket
import ssl
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from threading import Event

import pytest
from tests.harness.mta.fronts import Kept, RawClient, Watcher
from tests.harness.replying import replying
from tests.scripted_milter import Script, ScriptedMilter
from tests.waiting import let_time_pass, wait_until

from clamgate.harness.mta.delivery import Drop
from clamgate.harness.mta.filters import Milter
from clamgate.harness.mta.front import Front, Terms
from clamgate.harness.mta.hold import HoldQueue
from clamgate.harness.mta.server import MAX_COMMAND
from clamgate.harness.wire import (
    Abort,
    Accept,
    Answer,
    Connect,
    Helo,
    MacroStage,
    Mail,
    Options,
    Quit,
    Reject,
    TempFail,
)

NAMES = (b"{tls_version}", b"{cipher_bits}", b"{auth_type}", b"{auth_authen}", b"{client_port}")
ASKING = Options(macros=((MacroStage.MAIL, NAMES),))
LOGINS = {"alice": "wonder:land", "bob": "x"}


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    cert = tmp_path_factory.mktemp("tls") / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=mx.example.net"),
            *("-keyout", cert, "-out", cert),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert)
    return context


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def front_of(hold: HoldQueue, *milters: ScriptedMilter, terms: Terms) -> Front:
    return Front([Milter(it.endpoint) for it in milters], Drop(), hold, terms)


def test_starttls_and_auth_are_told_as_macros(hold: HoldQueue, tls: ssl.SSLContext) -> None:
    terms = Terms(tls=tls, logins=LOGINS)
    with (
        ScriptedMilter(wants=ASKING) as milter,
        front_of(hold, milter, terms=terms) as front,
        smtplib.SMTP("127.0.0.1", front.port) as client,
    ):
        client.ehlo()
        assert client.has_extn("starttls")
        client.starttls(context=trusting())
        client.ehlo()
        assert not client.has_extn("starttls")
        client.login("alice", "wonder:land")
        client.sendmail("s@x.test", ["a@x.test"], b"Subject: x\r\n\r\n" + b"y" * 100_000)
        macros = milter.macros(Mail)
        assert macros[b"{tls_version}"] == b"TLSv1.3"
        assert int(macros[b"{cipher_bits}"]) in {128, 256}
        assert (macros[b"{auth_type}"], macros[b"{auth_authen}"]) == (b"PLAIN", b"alice")
        client.quit()
        milter.wait_for_sessions(1)
        kinds = [type(it) for it in milter.commands()][:5]
        assert kinds == [Connect, Helo, Abort, Helo, Mail]


def test_the_received_field_tells_how_it_came(hold: HoldQueue, tls: ssl.SSLContext) -> None:
    kept = Kept()
    with (
        Front([], kept, hold, Terms(tls=tls, logins=LOGINS)) as front,
        smtplib.SMTP("127.0.0.1", front.port, local_hostname="c.test") as client,
    ):
        client.starttls(context=trusting())
        client.login("bob", "x")
        client.sendmail("s@x.test", ["a@x.test"], b"\r\n")
    received = kept.parcels[0].content.split(b"\r\n")
    assert received[0] == b"Received: from c.test (unknown [127.0.0.1])"
    assert received[1].startswith(b"\t(using TLSv1.3 with cipher TLS_")
    assert received[2].startswith(b"\tby mx.example.net (clamgate) with ESMTPSA id ")
    assert received[3].startswith(b"\tfor <a@x.test>; ")


def test_what_was_sent_in_the_clear_behind_starttls_is_dropped(
    hold: HoldQueue, tls: ssl.SSLContext
) -> None:
    with Front([], Drop(), hold, Terms(tls=tls)) as front, RawClient(front.port) as client:
        client.reply()
        client.say(b"EHLO c")
        client.send(b"STARTTLS\r\nMAIL FROM:<smuggled@x.test>\r\n")
        assert client.reply() == b"220 Ready to start TLS"
        with trusting().wrap_socket(client.socket) as wrapped:
            wrapped.sendall(b"RCPT TO:<a@x.test>\r\n")
            assert wrapped.recv(1000) == b"503 5.5.1 Error: need MAIL command\r\n"


def test_a_handshake_that_fails_ends_the_session(hold: HoldQueue, tls: ssl.SSLContext) -> None:
    watcher = Watcher()
    with (
        ScriptedMilter() as milter,
        Front([Milter(milter.endpoint)], Drop(), hold, Terms(tls=tls), watcher) as front,
        RawClient(front.port) as client,
    ):
        client.reply()
        client.say(b"STARTTLS")
        client.send(b"this is no handshake\r\n" * 10)
        milter.wait_for_sessions(1)
        assert [type(it) for it in milter.commands()] == [Connect, Quit]
    assert watcher.troubles == []


@pytest.mark.parametrize("extra", [b"", b"=bad=", b"*", b64encode(b"no fields")])
def test_logins_that_fail(hold: HoldQueue, extra: bytes) -> None:
    terms = Terms(logins=LOGINS)
    with Front([], Drop(), hold, terms) as front, RawClient(front.port) as client:
        client.reply()
        assert b"250-AUTH PLAIN LOGIN" in client.say(b"EHLO c")
        wrong = b64encode(b"\0alice\0guess")
        assert client.say(b"AUTH PLAIN " + wrong) == (
            b"535 5.7.8 Authentication credentials invalid"
        )
        assert client.say(b"AUTH CRAM-MD5") == b"504 5.5.4 Unrecognized authentication type"
        if extra:
            assert client.say(b"AUTH PLAIN") == b"334 "
            assert client.say(extra).startswith(b"501 5.")
        right = b64encode(b"\0alice\0wonder:land")
        assert client.say(b"auth plain " + right).startswith(b"235 ")
        assert client.say(b"AUTH PLAIN " + right).startswith(b"503 ")


def test_auth_login_and_its_place(hold: HoldQueue) -> None:
    terms = Terms(logins=LOGINS)
    with Front([], Drop(), hold, terms) as front, RawClient(front.port) as client:
        client.reply()
        client.say(b"EHLO c")
        client.say(b"MAIL FROM:<s@x.test>")
        assert client.say(b"AUTH LOGIN") == b"503 5.5.1 Error: MAIL transaction in progress"
        client.say(b"RSET")
        assert client.say(b"AUTH LOGIN").startswith(b"334 ")
        assert client.say(b64encode(b"bob")).startswith(b"334 ")
        assert client.say(b64encode(b"x")).startswith(b"235 ")


def test_what_is_not_offered(hold: HoldQueue) -> None:
    with Front([], Drop(), hold) as front, RawClient(front.port) as client:
        client.reply()
        offered = client.say(b"EHLO c")
        assert b"AUTH" not in offered
        assert b"STARTTLS" not in offered
        assert client.say(b"STARTTLS") == b"502 5.5.1 Error: command not implemented"
        assert client.say(b"AUTH PLAIN AA==") == b"500 5.5.2 Error: command not recognized"
        assert client.say(b"BDAT 5 LAST") == b"500 5.5.2 Error: command not recognized"


@pytest.mark.parametrize(
    ("script", "reply", "offered"),
    [
        ({Connect: (TempFail(),)}, b"454 4.3.0 Try again later", True),
        ({Helo: (Reject(),)}, b"550 5.7.1 Command rejected", False),
    ],
)
def test_a_refused_client_is_refused_these_too(
    hold: HoldQueue, tls: ssl.SSLContext, script: Script, reply: bytes, *, offered: bool
) -> None:
    terms = Terms(tls=tls, logins=LOGINS)
    with (
        ScriptedMilter(script) as milter,
        front_of(hold, milter, terms=terms) as front,
        RawClient(front.port) as client,
    ):
        client.reply()
        assert (b"STARTTLS" in client.say(b"EHLO c")) is offered
        assert client.say(b"STARTTLS") == reply
        assert client.say(b"AUTH PLAIN AA==") == reply


def test_small_commands(hold: HoldQueue) -> None:
    with Front([], Drop(), hold) as front, RawClient(front.port) as client:
        assert client.reply() == b"220 mx.example.net ESMTP clamgate"
        for command, reply in {
            b"HELO": b"501 Syntax: HELO hostname",
            b"EHLO": b"501 Syntax: EHLO hostname",
            b"": b"500 5.5.2 Error: bad syntax",
            b"NOOP x": b"250 2.0.0 Ok",
            b"RSET x": b"501 5.5.4 Syntax: RSET",
            b"rset": b"250 2.0.0 Ok",
            b"VRFY": b"501 5.5.4 Syntax: VRFY address",
            b"VRFY a@b": b"252 2.0.0 a@b",
            b"DATA": b"503 5.5.1 Error: need RCPT command",
            b"DATA x": b"501 5.5.4 Syntax: DATA",
            b"MAIL FROM:<s@x.test>": b"250 2.1.0 Ok",
            b"MAIL FROM:<t@x.test>": b"503 5.5.1 Error: nested MAIL command",
            b"RCPT TO:<\xff@x>": b"500 5.5.2 Error: bad UTF-8 syntax",
            b"RCPT TO:<\xc3\xa4@x>\0hidden": b"250 2.1.5 Ok",
            b"N" * MAX_COMMAND: b"500 5.5.2 Error: line too long",
            b"O" * 300_000: b"500 5.5.2 Error: line too long",
            b"QUIT": b"221 2.0.0 Bye",
        }.items():
            assert client.say(command) == reply
        assert client.reply() == b""


def test_too_large_by_word_and_by_deed(hold: HoldQueue) -> None:
    kept = Kept()
    with Front([], kept, hold, Terms(size_limit=1000)) as front, RawClient(front.port) as client:
        client.reply()
        assert b"250-SIZE 1000\r\n" in client.say(b"EHLO c")
        too_large = b"552 5.3.4 Message size exceeds fixed limit"
        assert client.say(b"MAIL FROM:<s@x.test> SIZE=1001") == too_large
        client.say(b"MAIL FROM:<s@x.test> SIZE=1000")
        client.say(b"RCPT TO:<a@x.test>")
        client.say(b"DATA")
        client.send(b"x" * 2000 + b"\r\n")
        assert client.say(b".") == b"552 5.3.4 Error: message file too big"
        assert client.say(b"RCPT TO:<a@x.test>") == b"503 5.5.1 Error: need MAIL command"
    assert kept.parcels == []


def test_a_mail_that_goes_in_circles(hold: HoldQueue) -> None:
    with Front([], Drop(), hold) as front, RawClient(front.port) as client:
        client.begin()
        client.send(b"Received: again\r\n" * 50)
        assert client.say(b".") == b"554 5.4.0 Error: too many hops"


def test_a_client_that_is_idle(hold: HoldQueue) -> None:
    with (
        ScriptedMilter() as milter,
        front_of(hold, milter, terms=Terms(idle_seconds=0.2)) as front,
        RawClient(front.port) as client,
    ):
        client.reply()
        assert client.reply() == b"421 4.4.2 mx.example.net Error: timeout exceeded"
        assert client.reply() == b""
        milter.wait_for_sessions(1)


def test_a_client_is_not_idle_while_a_filter_works(hold: HoldQueue) -> None:
    """Nor if it sends something meanwhile."""
    go_on = Event()

    def answer() -> Iterator[Answer]:
        go_on.wait(30.0)
        yield Accept()

    terms = Terms(idle_seconds=0.2)
    with (
        replying(answer()) as filter_address,
        Front([Milter(filter_address)], Drop(), hold, terms) as front,
        RawClient(front.port) as client,
    ):
        client.send(b"NOOP\r\n")
        let_time_pass(1.0)
        go_on.set()
        assert client.reply() == b"220 mx.example.net ESMTP clamgate"
        assert client.reply() == b"250 2.0.0 Ok"


def test_a_stop_does_not_wait_for_filters_or_clients(hold: HoldQueue) -> None:
    watcher = Watcher()
    with ScriptedMilter({Mail: ()}) as milter:
        front = Front([Milter(milter.endpoint)], Drop(), hold, onlooker=watcher)
        with front, RawClient(front.port) as idle:
            idle.reply()
            with RawClient(front.port) as waiting:
                waiting.reply()
                waiting.send(b"MAIL FROM:<s@x.test>\r\n")
                wait_until(lambda: Mail in map(type, milter.commands()), "MAIL at the filter")
                front.stop()
                with pytest.raises(ConnectionError):
                    socket.create_connection(("127.0.0.1", front.port))
                assert idle.gone()
                assert waiting.gone()
    assert watcher.troubles == []
