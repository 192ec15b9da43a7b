"""Texts that are not UTF-8: nobody waits in vain, and nothing is let through unscanned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import pytest
from tests.hostile.bystander import Bystander
from tests.hostile.counted_client import judge
from tests.hostile.judging_clamd import EICAR, JudgingClamd
from tests.hostile.tally import Tally
from tests.hostile.target import CONF, Target, under_attack

from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import Accept, Family, Options, Reply, ReplyCode, TempFail, offer

BAD = b"\xff\xfe-\xc3\x28-\x80"
EXCLUSIONS = """\
LocalNet local
LocalNet 198.51.100.0/24
SkipAuthenticated ^tom
AllowList {folder}/allowed
"""

CLEAN = Message.from_eml(b"Subject: hello\n\nbody\n")
INFECTED = Message.from_eml(b"Subject: hello\n\n" + EICAR + b"\n")
NOTHING_ODD = Peer()

PEERS = MappingProxyType(
    {
        "host": Peer(host=BAD),
        "host without address": Peer(host=BAD, family=Family.UNKNOWN),
        "local, nearly": Peer(host=b"localhost\xff", family=Family.UNKNOWN),
        "unix socket's path": Peer(host=b"localhost", family=Family.UNIX, address=b"/" + BAD),
        "helo": Peer(helo=BAD),
    }
)
ENVELOPES = MappingProxyType(
    {
        "queue id": replace(CLEAN, queue_id=BAD),
        "queue id of control characters": replace(CLEAN, queue_id=b"\r\n\x1b[31m\t%s%n\x7f"),
        "very long queue id": replace(CLEAN, queue_id=b"Q" * 60_000),
        "login": replace(CLEAN, login=b"tom" + BAD),
        "sender": replace(CLEAN, sender=b"<" + BAD + b"@example.org>"),
        "recipient": replace(CLEAN, recipients=(b"<" + BAD + b"@example.net>",)),
    }
)
VALUES = MappingProxyType(
    {
        "subject": (b"Subject", b" " + BAD),
        "message-id": (b"Message-ID", b" <" + BAD + b">"),
        "status": (b"X-Virus-Status", b" " + BAD),
        "other": (b"X-Other", b" " + BAD),
    }
)

dialect = pytest.mark.parametrize("offered", [offer(), offer(2)], ids=["6", "2"])


@pytest.fixture(scope="module")
def careful(tally: Tally) -> Iterator[Target]:
    """A daemon that excludes some clients, senders and recipients, and so replies to more steps."""
    with TemporaryDirectory(prefix="hostile-") as name:
        Path(name, "allowed").write_text("^<postmaster@example\\.net>$\n")
        with (
            JudgingClamd(Path(name, "clamd.sock")) as clamd,
            under_attack(Path(name), CONF + EXCLUSIONS.format(folder=name), clamd, tally) as target,
            Bystander(target.endpoint, tally),
        ):
            yield target


@pytest.fixture(params=["plain", "careful"])
def either(request: pytest.FixtureRequest) -> Target:
    """Both daemons, one after the other."""
    target = request.getfixturevalue("target" if request.param == "plain" else "careful")
    assert isinstance(target, Target)
    return target


def reply_to(target: Target, message: Message, peer: Peer, offered: Options) -> Reply:
    return judge(target.endpoint, target.tally, message, peer, offered).reply


def check_judged_as_ever(target: Target, message: Message, peer: Peer, offered: Options) -> None:
    """See that it is scanned, and what is found in it decides."""
    seen_before = target.clamd.seen
    assert isinstance(reply_to(target, message, peer, offered), Accept)
    infected = replace(message, body=INFECTED.body)
    assert isinstance(reply_to(target, infected, peer, offered), ReplyCode)
    assert target.clamd.seen == seen_before + 2


@dialect
@pytest.mark.parametrize("odd", PEERS)
def test_a_client(either: Target, odd: str, offered: Options) -> None:
    check_judged_as_ever(either, CLEAN, PEERS[odd], offered)


@dialect
@pytest.mark.parametrize("odd", ENVELOPES)
def test_an_envelope_or_a_macro(either: Target, odd: str, offered: Options) -> None:
    check_judged_as_ever(either, ENVELOPES[odd], NOTHING_ODD, offered)


@dialect
@pytest.mark.parametrize("odd", VALUES)
def test_a_header_value(either: Target, odd: str, offered: Options) -> None:
    message = replace(CLEAN, fields=(*CLEAN.fields, VALUES[odd]))
    check_judged_as_ever(either, message, NOTHING_ODD, offered)


@dialect
def test_a_header_name_defers_this_message_and_not_the_next(
    either: Target, offered: Options
) -> None:
    seen_before = either.clamd.seen
    for message in (CLEAN, INFECTED):
        odd = replace(message, fields=(*message.fields, (b"X-" + BAD, b" value")))
        assert isinstance(reply_to(either, odd, NOTHING_ODD, offered), TempFail)
    assert either.clamd.seen == seen_before
    check_judged_as_ever(either, CLEAN, NOTHING_ODD, offered)
