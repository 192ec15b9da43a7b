"""Where mail goes: to another server, into a Maildir, or nowhere."""

from __future__ import annotations

import mailbox
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.harness.mta.fronts import Kept
from tests.sink import Sink

from clamgate.harness.mta.delivery import DeliveryError, Drop, MaildirBox, Parcel, Relay
from clamgate.harness.mta.draft import Recipient
from clamgate.harness.mta.front import Front
from clamgate.harness.mta.hold import HoldQueue
from clamgate.harness.ports import free_port

CONTENT = b"Subject: x\r\n\r\n.dot\r\n..\r\n\0\xff bare\rcr\r\n"
PARCEL = Parcel("4F", b"s@x.test", (Recipient(b"a@x.test"), Recipient(b"b@x.test")), CONTENT)


def relay(sink: Sink) -> Relay:
    return Relay("127.0.0.1", sink.port)


def refusal(relay: Relay, parcel: Parcel) -> bytes:
    with pytest.raises(DeliveryError) as caught:
        relay.deliver(parcel)
    return caught.value.reply


def test_relayed_byte_by_byte(sink: Sink) -> None:
    relay(sink).deliver(PARCEL)
    (delivery,) = sink.deliveries
    assert (delivery.sender, delivery.recipients) == ("s@x.test", ("a@x.test", "b@x.test"))
    assert delivery.content == CONTENT


def test_bounces_have_no_sender(hold: HoldQueue) -> None:
    kept = Kept()
    with Front([], kept, hold) as server:
        Relay("127.0.0.1", server.port).deliver(replace(PARCEL, sender=b""))
    assert kept.parcels[0].sender == b""


def test_arguments_go_on_where_they_are_known(hold: HoldQueue) -> None:
    recipients = (Recipient("ä@x.test".encode(), (b"NOTIFY=NEVER",)),)
    args = (b"BODY=8BITMIME", b"SIZE=5", b"AUTH=<>", b"RET=HDRS", b"SMTPUTF8")
    parcel = replace(PARCEL, recipients=recipients, sender_args=args)
    kept = Kept()
    with Front([], kept, hold) as server:
        Relay("127.0.0.1", server.port).deliver(parcel)
    assert kept.parcels[0].sender_args == (b"BODY=8BITMIME", b"RET=HDRS", b"SMTPUTF8")
    assert kept.parcels[0].recipients == recipients
    with Sink(smtputf8=False) as plain:
        assert refusal(relay(plain), parcel) == (
            b"550 5.6.7 SMTPUTF8 is required, but was not offered downstream"
        )
        relay(plain).deliver(replace(parcel, recipients=PARCEL.recipients))
        assert len(plain.deliveries) == 1


def test_the_other_servers_refusal_is_passed_on(sink: Sink) -> None:
    sink.refuse_next("554 5.6.0 do not like it")
    assert refusal(relay(sink), PARCEL) == b"554 5.6.0 do not like it"
    sink.refuse_next("452-4.3.1 no\r\n452 4.3.1 room")
    assert refusal(relay(sink), PARCEL) == b"452 4.3.1 no 4.3.1 room"
    assert sink.deliveries == ()


def test_one_refused_recipient_keeps_it_from_all(hold: HoldQueue) -> None:
    parcel = replace(PARCEL, recipients=(*PARCEL.recipients, Recipient(b"a@")))
    kept = Kept()
    with Front([], kept, hold) as server:
        reply = refusal(Relay("127.0.0.1", server.port), parcel)
    assert reply == b"501 5.1.3 Bad recipient address syntax"
    assert kept.parcels == []


@pytest.mark.parametrize("address", [b'"a b"@x.test', b"(c)a@x.test", b"a+b=c@x.test", b'"\\""@x'])
def test_addresses_go_on_as_they_are(hold: HoldQueue, address: bytes) -> None:
    kept = Kept()
    parcel = replace(PARCEL, sender=address, recipients=(Recipient(address),))
    with Front([], kept, hold) as server:
        Relay("127.0.0.1", server.port).deliver(parcel)
    assert kept.parcels[0].sender == address
    assert kept.parcels[0].recipients == (Recipient(address),)


def test_nobody_is_there() -> None:
    port = free_port()
    reply = refusal(Relay("127.0.0.1", port), PARCEL)
    assert reply.startswith(b"451 4.4.1 Error: 127.0.0.1:%d did not take it: " % port)


@pytest.fixture
def mute() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_server_that_says_nothing(mute: int) -> None:
    reply = refusal(Relay("127.0.0.1", mute, seconds=0.2), PARCEL)
    assert reply.startswith(b"451 4.4.1 Error: ")


@pytest.mark.parametrize(
    ("address", "why"),
    [(b"\xff@x", b"is not UTF-8"), (b"a>\r\nRSET\r\n", b"holds control characters")],
)
def test_an_address_that_cannot_be_said(sink: Sink, address: bytes, why: bytes) -> None:
    reply = refusal(relay(sink), replace(PARCEL, sender=address))
    assert reply == b"550 5.1.3 Error: an address " + why


def test_a_maildir(tmp_path: Path) -> None:
    box = MaildirBox(tmp_path / "new" / "box")
    box.deliver(PARCEL)
    box.deliver(PARCEL)
    names = [it.name for it in (tmp_path / "new" / "box").iterdir()]
    assert sorted(names) == ["cur", "new", "tmp"]
    one, two = mailbox.Maildir(tmp_path / "new" / "box")
    assert one["Return-Path"] == "<s@x.test>"
    assert one.get_all("Delivered-To") == ["a@x.test", "b@x.test"]
    assert two["Subject"] == "x"
    path = next((tmp_path / "new" / "box" / "new").iterdir())
    assert path.read_bytes().endswith(b"\nSubject: x\n\n.dot\n..\n\0\xff bare\rcr\n")


def test_a_maildir_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DeliveryError) as caught:
        MaildirBox(tmp_path / "file" / "box").deliver(PARCEL)
    assert caught.value.reply.startswith(b"451 4.3.0 Error: cannot write to ")


def test_dropped() -> None:
    Drop().deliver(PARCEL)
