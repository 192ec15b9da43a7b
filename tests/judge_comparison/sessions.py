"""Several recipients, several messages, and clients that do not go straight on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.judge_comparison.dialogue import Drop, Send, Step, say
from tests.judge_comparison.flow import (
    EVERY_ACTION,
    HELLO,
    QUIT,
    Flow,
    content,
    envelope,
    mail,
    one_mail,
    sender,
)
from tests.scripted_milter import NO_SCRIPT, Script

from clamgate.harness.wire import (
    Accept,
    Actions,
    AddHeader,
    Body,
    Connect,
    Discard,
    EndOfMessage,
    Header,
    Helo,
    Mail,
    Options,
    Rcpt,
    Reject,
    ReplyCode,
    Skip,
    Steps,
    TempFail,
    Unknown,
)


def flows() -> tuple[Flow, ...]:
    """Return all of them."""
    return (*_RECIPIENTS, *_MESSAGES, *_DETOURS, *_DROPPED, *_CONTENTS, *_AGREEMENTS)


def _two(name: str, script: Script, *between: Step) -> Flow:
    """Return a session of two messages."""
    second = mail(name, subject="second")
    return Flow(name, script, (HELLO, *mail(name), *between, *second, QUIT))


def _session(name: str, *steps: Step, script: Script = NO_SCRIPT) -> Flow:
    return Flow(name, script, (HELLO, *steps, QUIT))


def _content(name: str, message: bytes, script: Script = NO_SCRIPT) -> Flow:
    """Return a session of one message of which nothing is known but that it tells its flow."""
    return Flow(name, script, (HELLO, *envelope(name), Send(message), QUIT))


ONE_DEFERRED: Script = {Rcpt(b"<one@example.net>"): (TempFail(),)}
TWO_REFUSED: Script = {Rcpt(b"<two@example.net>"): (ReplyCode(b"550 5.1.1 no such user"),)}
THREE_REJECTED: Script = {Rcpt(b"<three@example.net>"): (Reject(),)}
THREE = ("one", "two", "three")

_RECIPIENTS = (
    one_mail("three-recipients", NO_SCRIPT, THREE),
    one_mail("one-of-three-refused", TWO_REFUSED, THREE),
    one_mail("first-of-three-deferred", ONE_DEFERRED, THREE),
    one_mail("last-of-three-rejected", THREE_REJECTED, THREE),
    one_mail("three-refused", {**ONE_DEFERRED, **TWO_REFUSED, **THREE_REJECTED}, THREE),
    one_mail("same-recipient-twice", NO_SCRIPT, ("one", "one")),
    one_mail("accepted-at-the-second", {Rcpt(b"<two@example.net>"): (Accept(),)}, THREE),
    one_mail("discarded-at-the-second", {Rcpt(b"<two@example.net>"): (Discard(),)}, THREE),
)

MARKED: Script = {EndOfMessage: (AddHeader(b"X-New", b"new"), Accept())}
FIRST = Header(b"Subject", b"first")

_MESSAGES = (
    _two("two-messages", MARKED),
    _two("first-rejected", {FIRST: (Reject(),)}),
    _two("first-discarded", {FIRST: (Discard(),)}),
    _two("first-accepted-early", {FIRST: (Accept(),), **MARKED}),
    _two("reset-between", MARKED, say("RSET")),
    _two("hello-between", MARKED, HELLO),
    _two("two-accepted-at-mail", {Mail: (Accept(),), **MARKED}),
    _two("two-rejected-at-mail", {Mail: (Reject(),)}),
    _two("two-accepted-at-connect", {Connect: (Accept(),), **MARKED}),
    _two("two-rejected-at-connect", {Connect: (Reject(),)}),
    _two("two-deferred-at-helo", {Helo: (TempFail(),)}),
)


def _detours() -> Iterator[Flow]:
    def session(name: str, *steps: Step, script: Script = MARKED) -> Flow:
        return _session(name, *steps, script=script)

    name = "reset-after-mail"
    yield session(name, say(f"MAIL FROM:<{sender(name)}>"), say("RSET"), *mail(name))
    name = "reset-after-rcpt"
    yield session(name, *envelope(name)[:-1], say("RSET"), *mail(name))
    name = "reset-after-refused-mail"
    refused: Script = {Mail(f"<{sender(name)}>".encode()): (Reject(),)}
    yield session(name, *envelope(name), say("RSET"), say("NOOP"), script=refused)
    name = "quit-after-rcpt"
    yield session(name, *envelope(name)[:-1])
    name = "old-hello"
    yield Flow(name, MARKED, (say("HELO client.example.org"), *mail(name), QUIT))
    name = "no-hello"
    yield Flow(name, MARKED, (*mail(name), QUIT))
    name = "hello-twice"
    yield session(name, HELLO, *mail(name))
    name = "hello-after-mail"
    yield session(name, say(f"MAIL FROM:<{sender(name)}>"), HELLO, *mail(name))
    name = "mail-twice"
    yield session(name, say(f"MAIL FROM:<{sender(name)}>"), *mail(name))
    name = "recipient-before-mail"
    yield session(name, say("RCPT TO:<one@example.net>"), *mail(name))
    name = "data-without-recipient"
    yield session(name, say(f"MAIL FROM:<{sender(name)}>"), say("DATA"), say("RSET"), *mail(name))
    name = "unknown-command"
    yield session(name, say("FROB nicate"), *mail(name))
    name = "unknown-command-refused"
    rude: Script = {Unknown: (ReplyCode(b"554 5.7.9 how rude"),)}
    yield session(name, say("FROB nicate"), *mail(name), script=rude)
    name = "bad-address"
    yield session(name, say("MAIL FROM:nobody@"), say("MAIL FROM <a@example.org>"), *mail(name))
    name = "null-sender"
    to_one = (say("RCPT TO:<one@example.net>"), say("DATA"), Send(content(name)))
    yield session(name, say("MAIL FROM:<>"), *to_one)
    name = "mail-args"
    asked = say(f"MAIL FROM:<{sender(name)}> BODY=8BITMIME SIZE=500")
    yield session(name, asked, *envelope(name)[1:], Send(content(name)))
    name = "pipelined"
    group = say(*_lines(name, THREE))
    yield session(name, group, Send(content(name)))
    name = "pipelined-one-refused"
    yield session(name, say(*_lines(name, THREE)), Send(content(name)), script=TWO_REFUSED)
    name = "pipelined-all-refused"
    every: Script = {Rcpt: (Reject(),)}
    yield session(name, say(*_lines(name, THREE)), script=every)
    name = "pipelined-mail-refused"
    mail_refused: Script = {Mail: (Reject(),)}
    yield session(name, say(*_lines(name, THREE)), script=mail_refused)
    name = "pipelined-two-messages"
    yield session(
        name,
        say(*_lines(name, THREE)),
        Send(content(name)),
        say("RSET", *_lines(name, ("four",))),
        Send(content(name, "second")),
    )


def _lines(name: str, recipients: Sequence[str]) -> tuple[str, ...]:
    steps = envelope(name, recipients)
    return tuple(line.decode() for step in steps for line in step.lines)


def _dropped() -> Iterator[Flow]:
    """Yield clients that go away; whatever had come of their mail by then is to be the same."""
    name = "dropped-after-greeting"
    yield Flow(name, MARKED, (Drop(),))
    name = "dropped-after-mail"
    yield Flow(name, MARKED, (HELLO, envelope(name)[0], Drop()))
    name = "dropped-after-rcpt"
    yield Flow(name, MARKED, (HELLO, *envelope(name)[:-1], Drop()))
    name = "dropped-after-data"
    yield Flow(name, MARKED, (HELLO, *envelope(name), Drop()))
    name = "dropped-in-the-header"
    yield Flow(name, MARKED, (HELLO, *envelope(name), Drop(content(name)[:120])))
    name = "dropped-in-the-body"
    yield Flow(name, MARKED, (HELLO, *envelope(name), Drop(content(name, body=LONG_BODY))))
    name = "dropped-after-a-message"
    yield Flow(name, MARKED, (HELLO, *mail(name), Drop()))
    name = "dropped-in-the-second"
    second = Drop(content(name, "second"))
    yield Flow(name, MARKED, (HELLO, *mail(name), *envelope(name), second))


LONG_BODY = (b"x" * 70 + b"\r\n") * 3000


def _contents() -> Iterator[Flow]:
    name = "no-body"
    yield _content(name, content(name, body=b""), MARKED)
    name = "no-empty-line"
    yield _content(name, content(name, body=b"").removesuffix(b"\r\n"), MARKED)
    name = "long-body"
    yield _content(name, content(name, body=LONG_BODY), MARKED)
    name = "skipped-body"
    yield _content(name, content(name, body=LONG_BODY), {Body: (Skip(),), **MARKED})
    name = "rejected-at-the-body"
    yield _content(name, content(name, body=LONG_BODY), {Body: (Reject(),)})
    name = "eight-bit"
    yield _content(name, content(name, body="Grüße\r\n".encode("latin-1")), MARKED)
    name = "long-line"
    yield _content(name, content(name, body=b"y" * 900 + b"\r\n"), MARKED)
    name = "dots"
    yield _content(name, content(name, body=b".\r\n..\r\n...a\r\n"), MARKED)
    name = "not-a-header"
    yield _content(name, f"X-Flow: {name}\r\nthis is no field\r\n\r\nbody\r\n".encode(), MARKED)
    name = "header-without-space"
    raw = content(name).replace(b"Subject: ", b"Subject:").replace(b"To: ", b"To:   ")
    yield _content(name, raw, MARKED)


def _agreements() -> Iterator[Flow]:
    """Yield what filters want and do not want."""
    for name, steps in (("no-replies", NO_REPLY), ("no-steps", NO_STEPS)):
        yield replace(one_mail(name, MARKED, THREE), wants=replace(EVERY_ACTION, steps=steps))
    for version in (2, 3, 4):
        name = f"version-{version}"
        wants = Options(version, Actions(0x3F))
        yield replace(one_mail(name, MARKED), wants=wants)
    name = "told-of-refused-recipients"
    wants = replace(EVERY_ACTION, steps=Steps.RCPT_REJ)
    yield replace(one_mail(name, TWO_REFUSED, THREE), wants=wants)


NO_REPLY = (
    Steps.NR_CONNECT
    | Steps.NR_HELO
    | Steps.NR_MAIL
    | Steps.NR_RCPT
    | Steps.NR_DATA
    | Steps.NR_HEADER
    | Steps.NR_EOH
    | Steps.NR_BODY
)
NO_STEPS = (
    Steps.NO_CONNECT
    | Steps.NO_HELO
    | Steps.NO_MAIL
    | Steps.NO_RCPT
    | Steps.NO_DATA
    | Steps.NO_HEADERS
    | Steps.NO_EOH
    | Steps.NO_BODY
)

_DETOURS = tuple(_detours())
_DROPPED = tuple(_dropped())
_CONTENTS = tuple(_contents())
_AGREEMENTS = tuple(_agreements())
