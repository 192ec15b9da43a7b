from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from tests.observe.examples import message

from clamgate.core.envelope import Client, HeaderFacts
from clamgate.observe.message_text import MessageText, client_text, describe, queue_id_text


def test_a_message_in_words() -> None:
    assert describe(message(), each_recipient=False) == MessageText(
        queue_id="4XyZ",
        sender="a@example.org",
        recipients=("two@example.net",),
        subject="Hello",
        message_id="<id@example.org>",
        date="Mon, 1 Jan 2024 00:00:00 +0000",
    )


def test_what_is_missing_is_unknown() -> None:
    bare = message(sender=b"<>", recipients=(), headers=HeaderFacts(), queue_id="")
    for each_recipient in (False, True):
        assert describe(bare, each_recipient=each_recipient) == MessageText(
            queue_id="UNKNOWN",
            sender="",
            recipients=("UNKNOWN",),
            subject="UNKNOWN",
            message_id="UNKNOWN",
            date="UNKNOWN",
        )


def test_each_recipient_is_given_as_rcpt_named_it() -> None:
    told = describe(message(), each_recipient=True)
    assert told.recipients == ("<one@example.net>", "<two@example.net>")


def test_a_queue_id_cannot_break_the_line() -> None:
    assert queue_id_text("A\r\nB") == "A  B"


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (Client("mail.example", IPv4Address("192.0.2.1")), "mail.example[192.0.2.1]"),
        (Client("[192.0.2.1]", IPv4Address("192.0.2.1")), "[192.0.2.1]"),
        (Client("[IPv6:2001:db8::1]", IPv6Address("2001:db8::1")), "[2001:db8::1]"),
        (Client("localhost", local=True), "local"),
        (Client("some.host"), "some.host"),
        (Client(""), "UNKNOWN"),
        (Client("a\nb"), "a b"),
    ],
)
def test_clients_are_written_as_postfix_does(client: Client, expected: str) -> None:
    assert client_text(client) == expected
