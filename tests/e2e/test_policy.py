"""A policy in both MTAs: each class of signatures lands as its line says, and the log says why."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.e2e.lane import RECIPIENT, SERVERS, Lane, mail
from tests.running_filter import BIN, RunningFilter
from tests.waiting import wait_until

from clamgate.harness.private_clamd import PrivateClamd

NAMES = {
    "phishing": "Email.Phishing.Own",
    "spam": "Sanesecurity.Junk.Own",
    "pua": "Win.Adware.Own",
    "macro": "Heuristics.OLE2.ContainsMacros.Own",
    "structured": "Structured.Own",
    "encrypted": "Encrypted.Own",
}
"""A signature of our own in each class; it is the text ``own:CLASS:signature``."""


def text_of(of_class: str) -> str:
    return f"own:{of_class}:signature"


@pytest.fixture(scope="module", params=SERVERS)
def lane(request: pytest.FixtureRequest) -> Iterator[Lane]:
    rows = (f"{name}:0:*:{text_of(one).encode().hex()}\n" for one, name in NAMES.items())
    with (
        TemporaryDirectory(prefix="cg-") as folder,
        PrivateClamd(Path(folder), signatures={"own.ndb": "".join(rows)}) as clamd,
        Lane(request.param, clamd) as lane,
    ):
        yield lane
        lane.clear()


def stored(running: RunningFilter) -> list[dict[str, Any]]:
    """All that the quarantine knows of each message in it."""

    def ask(*words: str) -> Any:
        command = [str(BIN / "clamgate"), "quarantine", words[0], "-c", str(running.conf_path)]
        done = subprocess.run([*command, "--json", *words[1:]], check=True, capture_output=True)
        return json.loads(done.stdout)

    return [ask("show", row["id"]) for row in ask("list")]


def test_each_class_lands_as_its_line_says(lane: Lane, tmp_path: Path) -> None:
    conf = (
        "OnSignature phishing Tag\n"
        "OnSignature spam Accept\n"
        "OnSignature pua Store\n"
        "OnSignature macro Reject\n"
        "OnSignature structured Defer\n"
        "OnSignature encrypted Blackhole\n"
        'TagSubject "[TAG] "\nTagHeader "X-Why: %c, %v, %r"\nKeepCopy yes\n'
        f"QuarantineDirectory {tmp_path}/q\n"
    )
    with lane.filter(conf) as running:
        # The first digit only: a plain refusal is 550 with Postfix, and 554 with Sendmail.
        replies = {one: lane.send(mail(one, text_of(one)))[0] // 100 for one in NAMES}
        assert replies == {
            "phishing": 2,
            "spam": 2,
            "pua": 2,
            "macro": 5,
            "structured": 4,
            "encrypted": 2,
        }
        tagged = lane.delivered("[TAG] phishing")
        name = f"{NAMES['phishing']}.UNOFFICIAL"
        assert tagged.values(b"X-Virus-Status") == [f"Infected ({name})".encode()]
        assert tagged.values(b"X-Why") == [f"phishing, {name}, OnSignature phishing Tag".encode()]
        assert lane.delivered("spam").values(b"X-Virus-Status") == []
        kept = {one["subject"]: one["kept"] for one in stored(running)}
        first = running.conf_path.read_text().split("\n").index("OnSignature phishing Tag") + 1
        actions = ("Tag", "Accept", "Store", "Reject", "Defer", "Blackhole")
        for line, (of_class, action) in enumerate(zip(NAMES, actions, strict=True), first):
            rule = f"OnSignature {of_class} {action} [{running.conf_path}:{line}]"
            running.wait_for_log(f"infected ({NAMES[of_class]}.UNOFFICIAL): {rule}")
            if action in ("Store", "Reject", "Blackhole"):
                assert [(one["action"], one["rule"]) for one in kept[of_class]] == [(action, rule)]
        assert kept.keys() == {"pua", "macro", "encrypted"}
    assert len(lane.sink.deliveries) == 2


def test_tag_for_one_and_store_for_the_other(lane: Lane, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    other = "other@example.net"
    policy.write_text(
        f'[[rule]]\nname = "mine"\nto = "{RECIPIENT}"\naction = "Tag"\nsubject = "[MINE] "\n'
        '[[rule]]\naction = "Store"\n'
    )
    content = mail("both", text_of("phishing"))
    with lane.filter(f"PolicyFile {policy}\nQuarantineDirectory {tmp_path}/q\n") as running:
        assert lane.send(content, RECIPIENT, other)[0] == 250
        assert lane.delivered("[MINE] both").recipients == (RECIPIENT,)
        (kept,) = stored(running)
        assert kept["subject"] == "both"
        assert [(one["recipient"], one["action"]) for one in kept["kept"]] == [
            (f"<{other}>", "Store")
        ]
        assert kept["kept"][0]["rule"] == f"rule 2: Store [{policy}:6]"
        running.wait_for_log(f"to <{RECIPIENT}>: mine: Tag [{policy}:1]")
        running.wait_for_log(f"to <{other}>: rule 2: Store [{policy}:6]")
        wait_until(lambda: lane.sink.deliveries, "a delivery")
    assert [one.recipients for one in lane.sink.deliveries if b"both" in one.content] == [
        (RECIPIENT,)
    ]
