from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest
from tests.observe.examples import EICAR, judged, message

from clamgate.core.decision import Decision, Disposition, Reply, Share
from clamgate.core.envelope import Client, HeaderFacts
from clamgate.core.events import MessageExempt, MessageReleased
from clamgate.core.rules import Action
from clamgate.core.verdict import Clean, Failed
from clamgate.observe.history.entry import LONGEST, Entry, Mail, encode
from clamgate.observe.mail_records import Known
from clamgate.observe.records import record

NOW = 1_700_000_000.0


def there_and_back(event: Mail) -> dict[str, Any]:
    entry = Entry.of(encode(event, NOW, "worker 1"))
    assert entry is not None
    return entry.to_json()


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
def test_it_says_what_the_log_says(event: Mail) -> None:
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
    raw = encode(event, NOW, "worker 1")
    assert len(raw) < LONGEST
    found = there_and_back(event)
    assert found["recipient_count"] == 1000
    assert 1 < len(found["recipients"]) < 1000
    assert found["subject"] == "s" * 256
    assert len(found["by_recipient"]) >= 1


def test_what_is_no_entry_is_none() -> None:
    assert Entry.of(b"") is None
    assert Entry.of(b"\xff\xff") is None
    assert Entry.of(encode(judged(Clean()), NOW, "w")[:-3]) is None
