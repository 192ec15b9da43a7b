"""LogJournal with a real systemd-journald, in a mount namespace of the test's."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.fake_clamd import FakeClamd, says
from tests.processes import titled
from tests.running_filter import RunningFilter
from tests.waiting import wait_until

from clamgate.harness.client import judge
from clamgate.harness.mail import Message

JOURNALD = Path("/lib/systemd/systemd-journald")

# A machine id and a place in memory is all that it needs besides.
SCRIPT = f"""
set -e
mkdir -p /run/systemd /run/log
mount -t tmpfs none /run/systemd
mount -t tmpfs none /run/log
mkdir -p /run/systemd/journal /run/log/journal
[ -s /etc/machine-id ] || {{
    echo 0123456789abcdef0123456789abcdef > /run/systemd/id
    touch /etc/machine-id
    mount --bind /run/systemd/id /etc/machine-id
}}
exec {JOURNALD}
"""

pytestmark = [
    pytest.mark.skipif(
        not JOURNALD.exists() or shutil.which("journalctl") is None,
        reason="systemd-journald is not installed (tools/packages test)",
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can have a mount namespace"),
]


class Journal:
    """A journald, and what it has written."""

    def __init__(self, pid: int) -> None:
        self.inside = ("nsenter", "-t", str(pid), "-m")

    def entries(self) -> list[dict[str, str | list[str]]]:
        """Return all that came from a filter."""
        reader = ("journalctl", "--directory", "/run/log/journal", "-t", "clamav-milter")
        done = subprocess.run(
            [*self.inside, *reader, "-o", "json", "--all", "--no-pager"],
            capture_output=True,
            timeout=30,
            check=False,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="cg-") as name:
        yield Path(name)


@pytest.fixture
def journal() -> Iterator[Journal]:
    process = subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", SCRIPT],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        root = Path(f"/proc/{process.pid}/root")

        def listens() -> bool:
            assert process.poll() is None, process.stderr and process.stderr.read()
            own = Path(f"/proc/{process.pid}/comm").read_text().strip() == "systemd-journal"
            return own and (root / "run/systemd/journal/socket").exists()

        wait_until(listens, "journald")
        yield Journal(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def test_each_field_of_a_message_is_one_of_the_journal_s(folder: Path, journal: Journal) -> None:
    subject = 'Grüße "a"\r\n\t=?utf-8?q?=0APRIORITY=3D0=1B[2J?='.encode()
    with FakeClamd(folder / "clamd.sock") as clamd:
        conf = f"ClamdSocket {clamd.endpoint}\nWorkers 2\nLogJournal yes\nLogFormat json\n"
        with RunningFilter(
            folder, conf + "LogFacility LOG_MAIL\n", through=journal.inside
        ) as running:
            clamd.script = [says(b"stream: Eicar FOUND\0")]
            judge(running.endpoint, Message.from_eml(b"Subject: %b\r\n\r\nx\r\n" % subject))
            wait_until(lambda: "message" in events(journal), "the message")
            (clerk,) = titled(running.pid, "clamgate: clerk")
    # journald reads what it is sent in its own time.
    wait_until(lambda: "stopped" in events(journal), "the last line")
    (told,) = (one for one in journal.entries() if one["CLAMGATE_EVENT"] == "message")
    wanted = {
        "MESSAGE": "4HarNess0z1: infected (Eicar), quarantine, "
        "from <sender@example.org> to <rcpt@example.net>",
        "PRIORITY": "6",
        "SYSLOG_FACILITY": "2",
        "_PID": str(clerk),
        "_TRANSPORT": "journal",
        "CLAMGATE_QUEUE_ID": "4HarNess0z1",
        "CLAMGATE_VERDICT": "infected",
        "CLAMGATE_SIGNATURES": "Eicar",
    }
    assert {name: told[name] for name in wanted} == wanted
    assert str(told["CLAMGATE_SUBJECT"]).startswith('Grüße "a"')
    assert str(told["CLAMGATE_SUBJECT"]).isprintable()
    assert events(journal).count("clamd up") == 1
    assert "started" in events(journal)


def events(journal: Journal) -> list[str | list[str]]:
    return [one["CLAMGATE_EVENT"] for one in journal.entries()]


def test_lines_for_people(folder: Path, journal: Journal) -> None:
    with FakeClamd(folder / "clamd.sock") as clamd:
        conf = f"ClamdSocket {clamd.endpoint}\nLogJournal yes\nLogClean Basic\n"
        with RunningFilter(folder, conf, through=journal.inside) as running:
            judge(running.endpoint, Message.from_eml(b"Subject: x\r\n\r\nx\r\n"))
            running.wait_for_log("Clean message")

    def said() -> list[str]:
        return [str(one["MESSAGE"]) for one in journal.entries()]

    wait_until(lambda: said()[-1:] and said()[-1].startswith("--- Stopped"), "the last line")
    assert "Clean message from <sender@example.org> to <rcpt@example.net>" in said()
    assert not any("CLAMGATE_EVENT" in one for one in journal.entries())


def test_without_a_journal_the_start_is_refused(folder: Path) -> None:
    if Path("/run/systemd/journal/socket").exists():
        pytest.skip("there is a journal on this machine")
    conf = "ClamdSocket unix:/nowhere\nLogJournal yes\n"
    with pytest.raises(AssertionError, match="LogJournal: no journal listens on"):
        RunningFilter(folder, conf).start()
