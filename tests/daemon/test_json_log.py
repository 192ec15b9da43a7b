"""LogFormat json, seen from outside: nothing that a sender writes breaks it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.fake_clamd import FakeClamd, says
from tests.running_filter import RunningFilter
from tests.waiting import wait_until

from clamgate.daemon.control.client import ask
from clamgate.harness.client import judge
from clamgate.harness.mail import Message, Peer

SUBJECTS = {
    b'two "quotes" and a \\': 'two "quotes" and a \\',
    "Grüße".encode(): "Grüße",
    b"=?utf-8?q?a=0D=0Ab=1B[2J?=": "a\r\nb\x1b[2J",
    b"\x1b]0;title\x07 \xff\xfe": "\x1b]0;title\x07 ÿþ",
    '{"event":"message"}\u2028\u202e'.encode(): '{"event":"message"} \u202e',
    b"folded\r\n\tonce": "folded once",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="cg-") as name:
        yield Path(name)


def test_each_line_of_a_run_parses(folder: Path) -> None:
    log_file = folder / "log"
    with FakeClamd(folder / "clamd.sock") as clamd:
        conf = f"ClamdSocket {clamd.endpoint}\nLogFormat json\nLogVerbose yes\nLogFile {log_file}\n"
        with RunningFilter(folder, conf) as running:
            for subject in SUBJECTS:
                judge(running.endpoint, Message.from_eml(b"Subject: %b\r\n\r\nx\r\n" % subject))
            clamd.script = [says(b"stream: Eicar FOUND\0")]
            judge(running.endpoint, Message.from_eml(b"Subject: virus\r\n\r\nx\r\n"))
            running.wait_for_log('"virus"')
            assert running.stop() == 0
    text = log_file.read_text()
    assert all(line.isprintable() for line in text.split("\n"))
    records = [json.loads(line) for line in text.splitlines()]
    events = {one["event"] for one in records}
    assert events == {"started", "clamd up", "message", "stopping", "stopped"}
    # Lines of several workers may be a little out of their order.
    messages = sorted(
        (one for one in records if one["event"] == "message"), key=lambda one: str(one["time"])
    )
    assert [one["subject"] for one in messages] == [*SUBJECTS.values(), "virus"]
    assert {one["helo"] for one in messages} == {Peer().helo.decode()}
    assert [one["verdict"] for one in messages] == ["clean"] * len(SUBJECTS) + ["infected"]
    assert all(json.loads(line) for line in running.log.splitlines())


def up_for(running: RunningFilter) -> list[int]:
    """Return for each clamd how many workers have told the master that it is up."""
    clamds = ask(f"{running.endpoint}.control", "status")["clamds"]
    return [clamd["up_for"] for clamd in clamds]


def test_changes_of_state(folder: Path) -> None:
    with FakeClamd(folder / "clamd.sock") as clamd:
        conf = f"ClamdSocket {clamd.endpoint}\nLogFormat json\nWorkers 2\nClamdWait 1\n"
        with RunningFilter(folder, conf) as running:
            running.wait_for_log('"clamd up"')
            os.kill(running.workers[0], signal.SIGKILL)
            running.wait_for_log('"worker replaced"')
            running.conf_path.write_text(running.conf_path.read_text() + "OnFail Reject\n")
            running.signal(signal.SIGHUP)
            running.wait_for_log('"reloaded"')
            running.conf_path.write_text("OnFail Perhaps\n")
            running.signal(signal.SIGHUP)
            running.wait_for_log('"reload refused"')
            # Else one could find it up only after another one found it down, and both be true.
            wait_until(lambda: up_for(running) == [2], "that both new workers know it")
            clamd.stop()
            judge(running.endpoint, Message.from_eml(b"Subject: x\r\n\r\nx\r\n"))
            running.wait_for_log('"failed"')
    records = [json.loads(line) for line in running.log.splitlines()]
    events = [one["event"] for one in records]
    for event in ("clamd up", "clamd down", "worker replaced", "reloaded", "reload refused"):
        assert events.count(event) == 1, event
    (lost,) = (one for one in records if one["event"] == "worker replaced")
    assert lost["worker"].startswith("worker ")
    assert lost["reason"].startswith("was ended by SIGKILL")
    assert (lost["lost"], lost["process"]) == (True, "master")
