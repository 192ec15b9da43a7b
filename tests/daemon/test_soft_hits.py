"""Something harmless is found in a message, and a part of it cannot be scanned."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fake_clamd import FakeClamd, says
from tests.running_filter import RunningFilter

from clamgate.harness.client import judge
from clamgate.harness.mail import Message
from clamgate.harness.wire_replies import Accept, Reply, TempFail

SOFT = says(b"stream: Heuristics.Phishing.Email FOUND\0")
REFUSAL = says(b"fd[9]: Can't allocate memory ERROR\0")
MAIL = Message.from_eml(b"Subject: x\r\n\r\nhello\r\n")


@pytest.mark.parametrize(
    ("on_fail", "answer", "log"),
    [
        ("Defer", TempFail, "could not be scanned: its parts could not be scanned"),
        ("Accept", Accept, "infected (Heuristics.Phishing.Email): OnSignature phishing Tag"),
    ],
)
def test_it_fares_as_the_severer_of_two_rules_says(
    folder: Path, clamd: FakeClamd, on_fail: str, answer: type[Reply], log: str
) -> None:
    conf = f"ClamdSocket {clamd.endpoint}\nOnSignature phishing Tag\nOnFail {on_fail}\n"
    with RunningFilter(folder, conf) as running:
        clamd.script = [SOFT, REFUSAL]
        assert isinstance(judge(running.endpoint, MAIL).reply, answer)
        running.wait_for_log(log)
        clamd.script = [SOFT]
        assert isinstance(judge(running.endpoint, MAIL).reply, Accept)
        assert running.stop() == 0
