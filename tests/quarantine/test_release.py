from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from tests.sink import Sink

from clamgate.core.releasing import BodyDigest
from clamgate.core.settings import Quarantine as Settings
from clamgate.core.settings import TcpEndpoint
from clamgate.quarantine.errors import QuarantineError
from clamgate.quarantine.release import VALID_FOR, Letter, Way, hand_over, letter, signed, way_out
from clamgate.quarantine.store import Quarantine
from clamgate.quarantine.token import check

NOW = 1_000_000.0
CONTENT = b"Subject: caf\xe9\r\n\r\n.dot\r\n..\r\nNUL \0 lone \n cr \r x\r\n"
SECRET = b"s" * 32


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def way(sink: Sink, secret: bytes | None = None) -> Way:
    return Way(TcpEndpoint("127.0.0.1", sink.port), secret)


def a_letter(content: bytes = CONTENT, sender: bytes = b"<a@example.org>") -> Letter:
    return letter("261125-x", sender, [b"<b@example.net>", b"<c@example.net>"], content)


def test_it_arrives_as_it_was_kept(sink: Sink) -> None:
    hand_over(a_letter(b"Subject: x\r\n\r\n.dot\r\n..\r\n\xe4\r\n"), way(sink), lambda: NOW)
    (got,) = sink.deliveries
    assert got.content == b"Subject: x\r\n\r\n.dot\r\n..\r\n\xe4\r\n"
    assert got.sender == "a@example.org"
    assert got.recipients == ("b@example.net", "c@example.net")


def test_a_bounce_is_one_again(sink: Sink) -> None:
    hand_over(a_letter(sender=b"<>"), way(sink), lambda: NOW)
    assert sink.deliveries[0].sender == "<>"


def test_signed_it_carries_a_field_that_holds_for_it(sink: Sink) -> None:
    hand_over(a_letter(), way(sink, SECRET), lambda: NOW)
    got = sink.deliveries[0]
    (value,) = got.values(b"X-Clamgate-Release")
    assert got.content.startswith(b"X-Clamgate-Release: 1 261125-x ")
    digest = BodyDigest()
    digest.update(CONTENT.partition(b"\r\n\r\n")[2])
    to = (b"<b@example.net>", b"<c@example.net>")
    token = check(value, to, digest.value(), SECRET, NOW)
    assert (token.message_id, token.expires) == ("261125-x", int(NOW) + VALID_FOR)


def test_each_signature_has_a_one_time_id() -> None:
    assert signed(a_letter(), SECRET, NOW) != signed(a_letter(), SECRET, NOW)


def test_a_refusal_says_who_and_what(sink: Sink) -> None:
    sink.refuse_next("554 5.7.1 I do not want it")
    with pytest.raises(
        QuarantineError,
        match=rf"the MTA at 127.0.0.1:{sink.port} refuses the message: 554 5.7.1 I do not want it",
    ):
        hand_over(a_letter(), way(sink), lambda: NOW)


def test_a_refused_recipient_means_that_nobody_gets_it(sink: Sink) -> None:
    odd = letter("i", b"<a@example.org>", [b"<b@example.net>", b"<" + b"x" * 999 + b">"], CONTENT)
    with pytest.raises(QuarantineError, match=r"refuses the recipient xxx.*: 5"):
        hand_over(odd, way(sink), lambda: NOW)
    assert sink.deliveries == ()


def test_addresses_may_be_utf8_and_nothing_else(sink: Sink) -> None:
    utf8 = letter("i", b"<a@example.org>", ["<\u00fc@example.net>".encode()], CONTENT)
    hand_over(utf8, way(sink), lambda: NOW)
    assert sink.deliveries[0].recipients == ("\u00fc@example.net",)
    latin = letter("i", b"<\xe4@example.org>", [b"<b@example.net>"], CONTENT)
    with pytest.raises(QuarantineError, match=r"given the address .xe4@.*: it is not UTF"):
        hand_over(latin, way(sink), lambda: NOW)


def test_an_address_cannot_hold_a_second_command(sink: Sink) -> None:
    odd = letter("i", b"", [b"<b@example.net>\r\nRCPT TO:<c@example.net>"], CONTENT)
    with pytest.raises(QuarantineError, match="it has control characters"):
        hand_over(odd, way(sink), lambda: NOW)
    assert sink.deliveries == ()


def test_the_way_is_the_one_that_the_conf_names(local: Quarantine) -> None:
    via, through = TcpEndpoint("127.0.0.1", 10026), TcpEndpoint("127.0.0.1", 25)
    networks = (ip_network("127.0.0.0/8"),)
    both = Settings(release_via=via, release_from=networks)
    assert way_out(both, local) == Way(via)
    assert way_out(Settings(release_from=networks), local) == Way(through, local.secret)
    with pytest.raises(QuarantineError, match="no way past the filter: set ReleaseVia"):
        way_out(Settings(), local)


def test_an_mta_that_is_not_there_is_named() -> None:
    with socket.socket() as silent:  # it keeps the port from others, and does not listen
        silent.bind(("127.0.0.1", 0))
        there = Way(TcpEndpoint(*silent.getsockname()))
        with pytest.raises(QuarantineError, match="cannot be used: Connection refused"):
            hand_over(a_letter(), there, lambda: NOW)
