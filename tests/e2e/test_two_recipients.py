"""One message, two recipients, two decisions, through each real MTA: who gets what."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.lane import SENDER, Lane, infected

from clamgate.core.rules import Action
from clamgate.harness.private_clamd import EICAR_NAME
from clamgate.quarantine.store import Quarantine

CURIOUS = "lab@example.net"
CAREFUL = "boss@example.net"
RULES = """\
[[rule]]
name = "the lab wants to see it"
class = "test"
to = "lab@example.net"
action = "Tag"
subject = "[FOR THE LAB] "

[[rule]]
name = "all others do not"
class = "test"
to = "boss@example.net"
action = "Store"
reason = "ask the lab"
"""


def test_tag_for_one_and_store_for_the_other(lane: Lane, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(RULES)
    conf = f"OnInfected Reject\nPolicyFile {policy}\nQuarantineDirectory {tmp_path}/q\n"
    raw = infected("for both")
    with lane.filter(conf) as running:
        assert lane.send(raw, CAREFUL, CURIOUS)[0] == 250
        got = lane.delivered("[FOR THE LAB] for both")
        running.wait_for_log("is stored as")
        running.wait_for_log(f"to <{CURIOUS}>: the lab wants to see it: Tag [{policy}:1]")
        running.wait_for_log(f"to <{CAREFUL}>: all others do not: Store [{policy}:8]")
    lane.server.wait_until_delivered()
    assert [one.recipients for one in lane.sink.deliveries] == [(CURIOUS,)]
    assert got.values(b"X-Virus-Status") == [f"Infected ({EICAR_NAME})".encode()]
    assert got.body == raw.partition(b"\r\n\r\n")[2]
    store = Quarantine(str(tmp_path / "q"))
    (row,) = store.index.select()
    assert store.content(row) == raw
    record = store.record(row)
    assert (record.sender, record.signature_class) == (f"<{SENDER}>".encode(), "test")
    (kept,) = record.kept
    assert (kept.recipient, kept.action) == (f"<{CAREFUL}>".encode(), Action.STORE)
    assert kept.rule == f"all others do not: Store [{policy}:8]"
    assert kept.reason == "ask the lab"
