from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest
from tests.observe.examples import EICAR, judged, message

from clamgate.core.decision import Share
from clamgate.core.envelope import Client
from clamgate.core.events import (
    ClamdUp,
    ConnectionExempt,
    MessageExempt,
    MessageJudged,
    MessageReleased,
)
from clamgate.core.rules import Action
from clamgate.core.settings import LogPrivacy
from clamgate.observe.privacy import masked, masked_address, masked_ip


def mail() -> MessageJudged:
    event = judged(EICAR)
    envelope = replace(event.message.envelope, auth_name=b"alice")
    share = Share(b"<one@example.net>", Action.REJECT, Action.STORE, "rule")
    return replace(
        event,
        message=replace(event.message, envelope=envelope),
        decision=replace(event.decision, shares=(share,)),
    )


def test_nothing_is_masked_unasked() -> None:
    assert masked(mail(), ()) == mail()


def test_subjects() -> None:
    before, after = mail(), masked(mail(), [LogPrivacy.SUBJECT])
    assert isinstance(after, MessageJudged)
    assert after.message.headers.subjects == (b"***", b"***")
    subjects = before.message.headers.subjects
    headers = replace(after.message.headers, subjects=subjects)
    assert replace(after, message=replace(after.message, headers=headers)) == before


def test_addresses() -> None:
    after = masked(mail(), [LogPrivacy.ADDRESSES])
    assert isinstance(after, MessageJudged)
    envelope = after.message.envelope
    assert envelope.reverse_path == b"<***@example.org>"
    assert envelope.recipients == (b"<***@example.net>", b"<***@example.net>")
    assert envelope.auth_name == b"***"
    assert [share.recipient for share in after.decision.shares] == [b"<***@example.net>"]
    assert after.message.headers == mail().message.headers
    assert envelope.client == mail().message.envelope.client


def test_clients() -> None:
    after = masked(mail(), [LogPrivacy.CLIENTS])
    assert isinstance(after, MessageJudged)
    assert after.message.envelope.client == Client("***", IPv4Address("192.0.2.0"))
    assert after.message.envelope.recipients == mail().message.envelope.recipients


def test_the_name_it_gave_itself_is_a_clients_too() -> None:
    client = Client("a.test", helo="b.test")
    after = masked(ConnectionExempt(client, "r"), [LogPrivacy.CLIENTS])
    assert after == ConnectionExempt(Client("***", helo="***"), "r")


def test_local_mail_has_no_client_to_mask() -> None:
    event = ConnectionExempt(Client("localhost", local=True), "r")
    assert masked(event, list(LogPrivacy)) == event


@pytest.mark.parametrize("kind", [MessageExempt, MessageReleased])
def test_other_events_about_mail(kind: type[MessageExempt | MessageReleased]) -> None:
    after = masked(kind(message(), "r"), list(LogPrivacy))
    assert isinstance(after, kind)
    assert after.message.envelope.reverse_path == b"<***@example.org>"
    assert after.message.headers.subjects == (b"***", b"***")


def test_what_is_not_about_mail_stays() -> None:
    assert masked(ClamdUp("a@b", "v"), list(LogPrivacy)) == ClamdUp("a@b", "v")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"<a@b>", b"<***@b>"),
        (b"a@b", b"***@b"),
        (b'<"a@c"@b>', b"<***@b>"),
        (b"<root>", b"<***>"),
        (b"<>", b"<>"),
        (b"", b""),
        (b"<@c,@d:a@b>", b"<***@b>"),
    ],
)
def test_an_address(path: bytes, expected: bytes) -> None:
    assert masked_address(path) == expected


def test_an_ip_address() -> None:
    assert masked_ip(IPv4Address("192.0.2.57")) == IPv4Address("192.0.2.0")
    assert masked_ip(IPv6Address("2001:db8:1:2::3")) == IPv6Address("2001:db8:1::")
