"""Postfix's obedience, reply by reply."""

from __future__ import annotations

import pytest

from clamgate.harness.mta.obedience import (
    DEFERRED,
    GO_ON,
    MISCONFIGURED,
    REJECTED,
    Attention,
    Course,
    DefaultAction,
    Ruling,
    Standing,
    failed,
    misconfigured,
    obey,
)
from clamgate.harness.wire import (
    Accept,
    Command,
    Connect,
    ConnectionFail,
    Continue,
    Data,
    Discard,
    EndOfMessage,
    Helo,
    Mail,
    Rcpt,
    Reject,
    Reply,
    ReplyCode,
    Shutdown,
    Skip,
    TempFail,
)

OF_CLIENT = [Connect(b"h"), Helo(b"h")]
OF_MESSAGE = [Mail(b"<a@b>"), Rcpt(b"<a@b>"), Data(), EndOfMessage()]
ACTION = DefaultAction.TEMPFAIL
FRESH = Standing()


def refuse(text: bytes) -> Ruling:
    return Ruling(Course.REFUSE, text)


@pytest.mark.parametrize("command", OF_CLIENT + OF_MESSAGE)
def test_continue_changes_nothing(command: Command) -> None:
    assert obey(FRESH, command, Continue(), ACTION) == (FRESH, GO_ON)


@pytest.mark.parametrize("command", OF_CLIENT)
@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Reject(), REJECTED),
        (TempFail(), DEFERRED),
        (ReplyCode(b"550 5.7.1 100%% no"), b"550 5.7.1 100% no"),
        (ReplyCode(b"421 4.7.0 bye"), b"421 4.7.0 bye"),
    ],
)
def test_what_refuses_a_client_lasts(command: Command, reply: Reply, text: bytes) -> None:
    standing, ruling = obey(FRESH, command, reply, ACTION)
    assert ruling == refuse(text)
    assert standing == Standing(Attention.NONE, lasting=ruling)
    assert not standing.hears(Mail(b"<>"))


@pytest.mark.parametrize("command", OF_MESSAGE)
@pytest.mark.parametrize(("reply", "text"), [(Reject(), REJECTED), (TempFail(), DEFERRED)])
def test_what_refuses_a_step_is_forgotten(command: Command, reply: Reply, text: bytes) -> None:
    assert obey(FRESH, command, reply, ACTION) == (FRESH, refuse(text))


@pytest.mark.parametrize("command", OF_CLIENT)
def test_a_client_that_was_accepted_is_no_news_again(command: Command) -> None:
    standing, ruling = obey(FRESH, command, Accept(), ACTION)
    assert (standing.attention, ruling) == (Attention.NONE, GO_ON)
    assert standing.after_message() == standing


@pytest.mark.parametrize("command", OF_MESSAGE)
def test_a_message_that_was_accepted_is_no_news_until_the_next(command: Command) -> None:
    standing, ruling = obey(FRESH, command, Accept(), ACTION)
    assert ruling == GO_ON
    assert not standing.hears(Data())
    assert standing.hears(Helo(b"again"))
    assert standing.after_message().hears(Mail(b"<>"))


def test_a_message_is_discarded_and_a_client_is_not() -> None:
    assert obey(FRESH, Rcpt(b"<a@b>"), Discard(), ACTION) == (
        Standing(Attention.NEXT_MESSAGE),
        Ruling(Course.DISCARD),
    )
    for command in OF_CLIENT:
        assert obey(FRESH, command, Discard(), ACTION) == (FRESH, GO_ON)


def test_a_shutdown_ends_the_session() -> None:
    ruling = Ruling(Course.CLOSE)
    assert obey(FRESH, Data(), Shutdown(), ACTION) == (Standing(Attention.NONE, ruling), ruling)


def test_skip_leaves_the_rest_of_a_kind_out() -> None:
    assert obey(FRESH, Rcpt(b"<a@b>"), Skip(), ACTION) == (Standing(skipping=Rcpt), GO_ON)


@pytest.mark.parametrize(
    "text",
    [b"", b"250 2.0.0 fine", b"5x0 5.7.1 no", b"550", b"550_5.7.1 no", b"550 4.7.1 no"],
)
def test_a_malformed_reply_is_a_misconfigured_filter(text: bytes) -> None:
    assert obey(FRESH, Data(), ReplyCode(text), ACTION) == misconfigured(ACTION)


@pytest.mark.parametrize("text", [b"550 no", b"450-4.7.1 a\r\n450 4.7.1 b", b"554 "])
def test_replies_that_postfix_takes(text: bytes) -> None:
    assert obey(FRESH, Data(), ReplyCode(text), ACTION)[1] == refuse(text)


def test_postfix_does_not_know_connection_fail() -> None:
    assert obey(FRESH, Connect(b"h"), ConnectionFail(), ACTION) == failed(ACTION)


@pytest.mark.parametrize(
    ("action", "lack", "nonsense"),
    [
        (DefaultAction.ACCEPT, GO_ON, GO_ON),
        (DefaultAction.TEMPFAIL, refuse(DEFERRED), refuse(MISCONFIGURED)),
        (DefaultAction.REJECT, refuse(b"550 5.5.0 Service unavailable"), refuse(MISCONFIGURED)),
    ],
)
def test_default_actions_last(action: DefaultAction, lack: Ruling, nonsense: Ruling) -> None:
    assert failed(action) == (Standing(Attention.NONE, lack), lack)
    assert misconfigured(action) == (Standing(Attention.NONE, nonsense), nonsense)


def test_default_action_quarantine_holds() -> None:
    assert failed(DefaultAction.QUARANTINE)[1].course is Course.HOLD
    assert misconfigured(DefaultAction.QUARANTINE)[1].course is Course.HOLD
