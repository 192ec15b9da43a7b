from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest
from tests.observe.examples import EICAR, judged, message

from clamgate.core.decision import Decision, Disposition, Reply, Share
from clamgate.core.envelope import Client, HeaderFacts
from clamgate.core.events import MessageEvent, MessageExempt, MessageReleased
from clamgate.core.rules import Action
from clamgate.core.settings import LogFormat, Logging
from clamgate.core.verdict import Clean, Failed
from clamgate.observe.history.entry import LONGEST, Entry, encode
from clamgate.observe.history.search import Search
from clamgate.observe.lines import LogLine
from clamgate.observe.log import LogObserver
from clamgate.observe.mail_records import Known
from clamgate.observe.records import record

NOW = 1_700_000_000.0


def there_and_back(event: MessageEvent) -> dict[str, Any]:
    """Return what is kept of a message, which does not depend on how it is kept."""
    kept = Entry.of(encode(event, NOW, "worker 1"))
    logged = Entry.of(line(event))
    assert kept is not None
    assert logged is not None
    assert kept.to_json() == logged.to_json()
    assert search_for(kept) == search_for(logged)
    return kept.to_json()


def line(event: MessageEvent) -> bytes:
    """Return what the log tells of a message, with LogFormat json."""
    written: list[LogLine] = []
    LogObserver(Logging(format=LogFormat.JSON), False, written.append, process="worker 1").note(
        [(event, NOW)]
    )
    (one,) = written
    assert one.tells_all
    return one.text.encode()


def search_for(entry: Entry) -> list[bool | None]:
    """Return whether it is found by this and by that."""
    return [
        Search(sender="@example.org").fits(entry),
        Search(recipient="two@").fits(entry),
        Search(message_id="id@").fits(entry),
        Search(queue_id="4xyz").fits(entry),
        Search(since=NOW).fits(entry),
        Search(since=NOW + 1).fits(entry),
    ]


REFUSED = replace(
    judged(EICAR, disposition=Disposition.REJECT, rule="OnInfected Reject [c:7]"),
    decision=Decision(
        Disposition.REJECT,
        reply=Reply("550", "5.7.1", "infected"),
        rule="OnInfected Reject [c:7]",
        shares=(Share(b"<one@example.net>", Action.REJECT, Action.REJECT, "r"),),
    ),
    stored="20261127-1",
    signature_class="test",
)


@pytest.mark.parametrize(
    "event",
    [
        judged(Clean()),
        judged(Failed("no clamd")),
        REFUSED,
        judged(
            Clean(),
            message(
                sender=b"<>",
                recipients=(),
                headers=HeaderFacts(),
                queue_id="",
                client=Client("[2001:db8::1]", ip_address("2001:db8::1")),
            ),
        ),
    ],
)
def test_it_says_what_the_log_says(event: MessageEvent) -> None:
    found = there_and_back(event)
    said = json.loads(record(event, NOW, Known()).state())
    only_here = {"time": NOW, "process": "worker 1"}
    assert found == {name: said[name] for name in found if name not in only_here} | only_here


def test_mail_that_was_not_scanned() -> None:
    exempt = there_and_back(MessageExempt(message(), "AllowList"))
    assert (exempt["verdict"], exempt["reason"], exempt["action"]) == (
        *("exempt", "AllowList"),
        "accept",
    )
    assert exempt["total_ms"] is None
    released = there_and_back(MessageReleased(message(), "id-1"))
    assert (released["verdict"], released["stored"]) == ("released", "id-1")


def test_what_is_huge_is_cut() -> None:
    of = message(
        recipients=tuple(b"<%0300d@example.net>" % number for number in range(1000)),
        headers=HeaderFacts((b"s" * 60_000,), b"m" * 60_000),
        queue_id="q" * 60_000,
        sender=b"<" + b"f" * 60_000 + b">",
        client=Client("h" * 60_000),
    )
    shares = tuple(
        Share(one, Action.REJECT, Action.REJECT, "r" * 60_000) for one in of.envelope.recipients
    )
    event = replace(
        judged(replace(EICAR, signatures=("S" * 60_000,) * 100), of),
        decision=Decision(
            Disposition.REJECT, reply=Reply("550", "5.7.1", "t" * 900), shares=shares
        ),
    )
    for raw, cut in ((encode(event, NOW, "worker 1"), 256), (line(event), 509)):
        assert len(raw) < LONGEST
        entry = Entry.of(raw)
        assert entry is not None
        found = entry.to_json()
        assert found["recipient_count"] == 1000
        assert 1 < len(found["recipients"]) < 1000
        assert found["subject"].rstrip(".") == "s" * cut
        assert len(found["by_recipient"]) >= 1
        assert Search(recipient="0999@").fits(entry) is None


def test_what_is_no_entry_is_none() -> None:
    assert Entry.of(b"") is None
    assert Entry.of(b"\xff\xff") is None
    assert Entry.of(encode(judged(Clean()), NOW, "w")[:-3]) is None
    assert Entry.of(line(judged(Clean()))[:-3]) is None
    assert Entry.of(b'{"event":"fault"}') is None


def test_a_subject_is_decoded_once() -> None:
    """One that stands for what looks like an encoded word again."""
    twice = HeaderFacts((b"=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=",), b"<id@example.org>")
    assert there_and_back(judged(Clean(), message(headers=twice)))["subject"] == "=?utf-8?q?x?="
