"""Something harmless is found in a message, and something else is with a part of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fake_clamd import FakeClamd, says
from tests.running_filter import RunningFilter

from clamgate.harness.client import judge
from clamgate.harness.mail import Message
from clamgate.harness.wire_replies import Accept, Reject, Reply, TempFail

SOFT = says(b"stream: Heuristics.Phishing.Email FOUND\0")
REFUSAL = says(b"fd[9]: Can't allocate memory ERROR\0")
MAIL = Message.from_eml(b"Subject: x\r\n\r\nhello\r\n")
EXCEPTED = says(b"fd[9]: Win.False.Positive FOUND\0")
WORM = says(b"fd[9]: Worm.X FOUND\0")
TWO_PARTS = Message.from_eml(
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\nContent-Type: text/plain\r\n\r\none\r\n"
    b"--x\r\nContent-Type: text/plain\r\n\r\ntwo\r\n--x--\r\n"
)


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


@pytest.mark.parametrize(
    "rest", ["", "until 2099-01-01", "for example.net"], ids=["always", "until", "for"]
)
def test_what_is_excepted_hides_no_malware_in_another_part(
    folder: Path, clamd: FakeClamd, rest: str
) -> None:
    conf = (
        f"ClamdSocket {clamd.endpoint}\nWorkers 1\nOnInfected Reject\nLogInfected Basic\n"
        f"ExceptSignature Win.False.* {rest}\nQuarantineDirectory {folder}/q\n"
    )
    with RunningFilter(folder, conf) as running:
        clamd.script = [EXCEPTED, EXCEPTED]
        assert isinstance(judge(running.endpoint, TWO_PARTS).reply, Accept)
        clamd.script = [EXCEPTED, EXCEPTED, WORM]
        assert isinstance(judge(running.endpoint, TWO_PARTS).reply, Reject)
        running.wait_for_log("Worm.X")
        assert running.stop() == 0
