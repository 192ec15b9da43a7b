"""A session, command by command, without an SMTP client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.harness.mta.fronts import Kept, Watcher
from tests.scripted_milter import Script, ScriptedMilter

from clamgate.harness.mta.delivery import DeliveryError, Downstream, Parcel
from clamgate.harness.mta.dialogue import GO_AHEAD, Dialogue, House
from clamgate.harness.mta.filters import Milter
from clamgate.harness.mta.hold import HoldQueue
from clamgate.harness.mta.known import Client, Login, Tls
from clamgate.harness.mta.report import Fate
from clamgate.harness.wire import (
    Abort,
    Accept,
    Actions,
    Connect,
    Data,
    DeleteRecipient,
    Discard,
    EndOfMessage,
    Header,
    Mail,
    Options,
    Quit,
    Rcpt,
    Reject,
    ReplyCode,
    Shutdown,
    Steps,
)

CLIENT = Client("192.0.2.7", 4711, "192.0.2.1", 25)
ALL = Options(6, Actions(0x1FF), Steps.NONE)


class Refusing:
    """A downstream that takes nothing."""

    def deliver(self, _parcel: Parcel) -> None:
        raise DeliveryError(b"452 4.3.1 full")


class Room:
    """What a dialogue is held in."""

    def __init__(self, hold: HoldQueue) -> None:
        self.kept = Kept()
        self.watcher = Watcher()
        self.hold = hold

    def dialogue(self, *milters: ScriptedMilter, downstream: Downstream | None = None) -> Dialogue:
        asked = [Milter(it.endpoint) for it in milters]
        where = downstream or self.kept
        return Dialogue(House("mx.test", asked, where, self.hold, 1000, self.watcher), CLIENT)


@pytest.fixture
def room(hold: HoldQueue) -> Room:
    return Room(hold)


@pytest.fixture
def milter() -> Iterator[ScriptedMilter]:
    with ScriptedMilter(wants=ALL) as milter:
        yield milter


def to_data(talk: Dialogue, *recipients: bytes) -> bytes:
    assert talk.connect() == b"220 mx.test ESMTP clamgate"
    talk.helo(b"c.test", extended=True, extensions=("8BITMIME",))
    talk.mail(b"FROM:<s@x.test>")
    for recipient in recipients or (b"a@x.test",):
        talk.rcpt(b"TO:<" + recipient + b">")
    return talk.data()


def finish(talk: Dialogue, *lines: bytes) -> bytes:
    intake = talk.intake
    for line in (*(lines or (b"Subject: x\r\n",)), b".\r\n"):
        intake.feed(line)
    assert intake.done
    return talk.finish(intake)


def test_a_message(room: Room) -> None:
    talk = room.dialogue()
    assert not talk.in_message
    assert to_data(talk, b"a@x.test", b"b@x.test") is GO_AHEAD
    assert talk.in_message
    reply = finish(talk, b"A: 1\r\n", b"\r\n", b"body\r\n")
    (parcel,) = room.kept.parcels
    assert reply == b"250 2.0.0 Ok: queued as " + parcel.queue_id.encode()
    assert (parcel.sender, [it.address for it in parcel.recipients]) == (
        b"s@x.test",
        [b"a@x.test", b"b@x.test"],
    )
    assert parcel.content.startswith(b"Received: from c.test (unknown [192.0.2.7])\r\n")
    assert parcel.content.endswith(b"\r\nA: 1\r\n\r\nbody\r\n")
    assert not talk.in_message


def test_hello(room: Room) -> None:
    talk = room.dialogue()
    talk.connect()
    assert talk.helo(b"c", extended=False, extensions=("X",)) == b"250 mx.test"
    assert talk.helo(b"c", extended=True, extensions=("X", "Y 1")) == (
        b"250-mx.test\r\n250-X\r\n250 Y 1"
    )
    assert talk.helo(b"c", extended=True) == b"250 mx.test"


def test_a_queue_id_comes_with_the_first_recipient_and_goes_with_the_message(
    room: Room, milter: ScriptedMilter
) -> None:
    talk = room.dialogue(milter)
    to_data(talk)
    assert b"i" not in milter.macros(Mail)
    assert b"i" not in milter.macros(Rcpt)
    first = milter.macros(Data)[b"i"]
    talk.reset()
    talk.mail(b"FROM:<>")
    talk.rcpt(b"TO:<a@x.test>")
    talk.rcpt(b"TO:<b@x.test>")
    assert milter.macros(Rcpt)[b"i"] not in {b"", first}
    talk.close()


@pytest.mark.parametrize("stage", [Mail, Rcpt, Data, Header, EndOfMessage])
def test_what_is_discarded_is_shown_to_nobody_more(room: Room, stage: type) -> None:
    with ScriptedMilter({stage: (Discard(),)}, wants=ALL) as milter:
        talk = room.dialogue(milter)
        assert to_data(talk) is GO_AHEAD
        assert finish(talk).startswith(b"250 2.0.0 Ok: queued as ")
        talk.close()
        milter.wait_for_sessions(1)
        kinds = [type(it) for it in milter.commands()]
    assert kinds[-4:] == [stage, Abort, Abort, Quit]
    assert room.kept.parcels == []
    assert [it.fate for it in room.watcher.passages] == [Fate.DISCARDED]


def test_a_message_that_lost_all_recipients_goes_nowhere(room: Room) -> None:
    script: Script = {EndOfMessage: (DeleteRecipient(b"<a@x.test>"), Accept())}
    with ScriptedMilter(script, wants=ALL) as milter:
        talk = room.dialogue(milter)
        to_data(talk)
        assert finish(talk).startswith(b"250 ")
        talk.close()
    assert room.kept.parcels == []


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        (Mail, b"421 4.7.0 Server closing connection"),
        (Data, b"421 4.7.0 Server closing connection"),
        (EndOfMessage, b"550 5.7.1 Error: message content rejected"),
    ],
)
def test_a_shutdown(room: Room, stage: type, reply: bytes) -> None:
    with ScriptedMilter({stage: (Shutdown(),)}) as milter:
        talk = room.dialogue(milter)
        talk.connect()
        replies = [talk.mail(b"FROM:<s@x.test>"), talk.rcpt(b"TO:<a@x.test>"), talk.data()]
        if replies[-1] is GO_AHEAD:
            replies.append(finish(talk))
        talk.close()
    assert reply in replies


def test_a_refused_data_leaves_the_envelope(room: Room) -> None:
    with ScriptedMilter({Data: (ReplyCode(b"450 4.2.0 wait"),)}) as milter:
        talk = room.dialogue(milter)
        assert to_data(talk) == b"450 4.2.0 wait"
        assert talk.in_message
        talk.close()
    assert [it.fate for it in room.watcher.passages] == [Fate.DEFERRED]


def test_what_downstream_refuses_is_refused(room: Room) -> None:
    talk = room.dialogue(downstream=Refusing())
    to_data(talk)
    assert finish(talk) == b"452 4.3.1 full"
    (passage,) = room.watcher.passages
    assert (passage.fate, passage.text) == (Fate.DEFERRED, b"452 4.3.1 full")


def test_too_large(room: Room) -> None:
    talk = room.dialogue()
    to_data(talk)
    assert finish(talk, b"x" * 2000 + b"\r\n") == b"552 5.3.4 Error: message file too big"
    assert talk.mail(b"FROM:<s@x.test>") == b"250 2.1.0 Ok"


def test_a_refused_recipient_is_reported_as_such(room: Room) -> None:
    with ScriptedMilter({Rcpt: (Reject(),)}) as milter:
        talk = room.dialogue(milter)
        assert to_data(talk) == b"554 5.5.1 Error: no valid recipients"
        talk.close()
    (passage,) = room.watcher.passages
    assert (passage.recipients, passage.text) == (
        (b"a@x.test",),
        b"550 5.7.1 Command rejected",
    )
    assert (passage.queue_id, passage.draft) == ("", None)


def test_encryption_begins_anew(room: Room, milter: ScriptedMilter) -> None:
    talk = room.dialogue(milter)
    to_data(talk)
    talk.logged_in(Login(b"al", "PLAIN"))
    talk.encrypted(Tls("TLSv1.3", "AES", 256))
    assert not talk.in_message
    assert talk.refuse_other() is None
    talk.mail(b"FROM:<s@x.test>")
    assert b"{auth_authen}" not in milter.macros(Mail)
    assert [type(it) for it in milter.commands()].count(Connect) == 1
    talk.close()


def test_content_without_a_sender_is_a_fault_of_ours(room: Room) -> None:
    talk = room.dialogue()
    with pytest.raises(AssertionError):
        talk.finish(talk.intake)
