"""`clamgate history` against a running filter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.fake_clamd import FakeClamd, says
from tests.processes import titled
from tests.running_filter import BIN, RunningFilter
from tests.waiting import wait_until

from clamgate.harness.client import MilterClient
from clamgate.harness.mail import Message, Peer

THOUSAND = 1000


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="cg-") as name:
        yield Path(name)


@pytest.fixture
def clamd(folder: Path) -> Iterator[FakeClamd]:
    with FakeClamd(folder / "clamd.sock") as clamd:
        yield clamd


def history(running: RunningFilter, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "clamgate", "history", "-c", running.conf_path, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def known(running: RunningFilter, *words: str) -> list[dict[str, Any]]:
    lines = history(running, "--json", *words).stdout.splitlines()
    return [json.loads(line) for line in lines]


def send(running: RunningFilter, *queue_ids: str, subject: bytes = b"hello") -> None:
    """Have messages judged, in one session."""
    mail = Message.from_eml(b"Subject: %b\r\n\r\nbody\r\n" % subject)
    with MilterClient(running.endpoint) as client:
        client.greet(Peer())
        for queue_id in queue_ids:
            name = queue_id.encode()
            to = (b"<%b@example.net>" % name,)
            client.send_message(replace(mail, queue_id=name, recipients=to))
        client.quit()


def arrived(running: RunningFilter, count: int) -> None:
    wait_until(lambda: len(known(running, "-n", "10000")) == count, f"{count} messages")


def queue_ids(running: RunningFilter) -> list[str]:
    return [message["queue_id"] for message in known(running)]


def reload(running: RunningFilter, conf: str) -> None:
    first, second, _ = running.conf_path.read_text().split("\n", 2)
    running.conf_path.write_text(f"{first}\n{second}\n{conf}")
    subprocess.run(
        [BIN / "clamgate", "reload", "-c", running.conf_path],
        check=True,
        capture_output=True,
        timeout=60,
    )


def test_one_mail_of_a_thousand(folder: Path, clamd: FakeClamd) -> None:
    log_file = folder / "log"
    conf = (
        f"ClamdSocket {clamd.endpoint}\nWorkers 2\nLogFormat json\nLogFile {log_file}\n"
        "LogFileMaxSize 0\nOnInfected Reject\nRejectMsg has %v\n"
    )
    with RunningFilter(folder, conf) as running:
        names = [f"4X{number:04}" for number in range(THOUSAND)]
        send(running, *names[:500])
        arrived(running, 500)  # what comes next may be another worker's, and overtake it
        clamd.script = [says(b"stream: Eicar-Test-Signature FOUND\0")]
        send(running, *names[500:])
        arrived(running, THOUSAND)
        assert sorted(one["queue_id"] for one in known(running, "-n", "1000")) == names
        done = history(running, "--queue-id", "4X0500")
        assert done.returncode == 0
        told = dict(line.split(None, 1) for line in done.stdout.splitlines()[1:])
        assert told["verdict"] == "infected: Eicar-Test-Signature (class test)"
        assert told["to"] == "<4X0500@example.net>"
        assert told["action"] == f"reject, by OnInfected Reject [{running.conf_path}:8]"
        assert told["reply"] == "550 5.7.1 has Eicar-Test-Signature"
        assert [one["queue_id"] for one in known(running, "--infected")] == ["4X0500"]
        assert queue_ids(running) == names[-50:]
        assert "1000 messages fit; the newest 50 are shown" in history(running).stderr
        for words in (("--to", "4x0007@"), ("--queue-id", "4X0007", "--since", "1h")):
            (mail,) = known(running, *words)
            assert (mail["queue_id"], mail["verdict"]) == ("4X0007", "clean")
        assert running.stop() == 0
    records = [json.loads(line) for line in log_file.read_text().splitlines()]
    messages = [one for one in records if one["event"] == "message"]
    assert sorted(one["queue_id"] for one in messages) == names
    assert [one["event"] for one in records].count("clamd up") == 1
    logged = {one["queue_id"]: one for one in messages}["4X0007"]
    assert {name: logged[name] for name in mail if name != "time"} == {
        name: mail[name] for name in mail if name != "time"
    }


def test_it_outlives_the_clerk(folder: Path, clamd: FakeClamd) -> None:
    base = f"ClamdSocket {clamd.endpoint}\nWorkers 1\nHistorySize 4\n"
    with RunningFilter(folder, base) as running:
        send(running, "A", "B", "C")
        arrived(running, 3)
        clerk = running.clerk
        os.kill(clerk, signal.SIGKILL)
        wait_until(lambda: clerk not in titled(running.pid, "clamgate: clerk"), "the end of it")
        send(running, "D", "E")
        wait_until(lambda: queue_ids(running) == ["B", "C", "D", "E"], "all of them")
        reload(running, base.replace("4", "2") + "LogTime yes\n")
        assert queue_ids(running) == ["D", "E"]
        reload(running, base.replace("4", "9") + "LogFormat json\n")  # kept in another form
        send(running, "F")
        wait_until(lambda: queue_ids(running) == ["D", "E", "F"], "the last one")
        reload(running, base.replace("4", "0"))
        send(running, "G")
        done = history(running)
        assert done.returncode == 1
        assert "no messages are remembered: HistorySize is 0" in done.stderr


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_senders_write_does_nothing(folder: Path, clamd: FakeClamd, form: str) -> None:
    conf = f"ClamdSocket {clamd.endpoint}\nLogPrivacy Addresses\nLogFormat {form}\n"
    with RunningFilter(folder, conf) as running:
        send(running, "EVIL", subject=b'"a"\r\n\t\x1b[2J=?utf-8?q?=0D=0Ab?=\xff')
        arrived(running, 1)
        for words in ((), ("--details",), ("--json",)):
            printed = history(running, *words).stdout.splitlines()
            assert all(line.isprintable() for line in printed)
            assert not any("EVIL@" in line for line in printed)
        (mail,) = known(running)
        assert mail["subject"].startswith('"a" \x1b[2J\r\nb')
        assert mail["recipients"] == ["***@example.net"]


def test_nothing_fits(folder: Path, clamd: FakeClamd) -> None:
    with RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\n") as running:
        assert (history(running).returncode, history(running).stderr) == (
            *(1,),
            "no messages are remembered yet\n",
        )
        send(running, "A")
        arrived(running, 1)
        done = history(running, "--queue-id", "none")
        assert (done.returncode, done.stdout) == (1, "")
        assert "no message fits, of the 1 that are remembered" in done.stderr
        assert history(running, "--infected", "--verdict", "clean").returncode == 2
        assert "is no time" in history(running, "--since", "noon").stderr
    done = history(running)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no filter listens on" in done.stderr
