"""The sink for the journal, with a socket of the test's and with a real systemd-journald."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.observe.test_journal import decode

from clamgate.observe.journal_sink import JournalError, JournalSink
from clamgate.observe.sink import Level


@pytest.fixture
def path() -> Iterator[Path]:
    with TemporaryDirectory(prefix="cg-") as name:
        yield Path(name) / "socket"


def listen(path: Path) -> socket.socket:
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.bind(str(path))
    journal.settimeout(30)
    return journal


def messages(journal: socket.socket, count: int) -> list[str]:
    return [dict(decode(journal.recv(1 << 16)))["MESSAGE"] for _ in range(count)]


def test_a_line_is_a_datagram(path: Path) -> None:
    with listen(path) as journal:
        sink = JournalSink("LOG_MAIL", path=str(path))
        sink.write(Level.WARNING, "one")
        sink.reopen()
        fields = dict(decode(journal.recv(1 << 16)))
        sink.close()
    assert fields == {
        "MESSAGE": "one",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "clamav-milter",
        "SYSLOG_FACILITY": "2",
    }


def test_with_records_all_is_one(path: Path) -> None:
    with listen(path) as journal:
        sink = JournalSink("LOG_MAIL", records=True, path=str(path), clock=lambda: 0.0)
        sink.write(Level.WARNING, "2 log lines were lost")
        fields = dict(decode(journal.recv(1 << 16)))
        sink.close()
    assert fields["CLAMGATE_EVENT"] == "notice"
    assert fields["CLAMGATE_TEXT"] == "2 log lines were lost"


def test_the_longest_record_fits(path: Path) -> None:
    with listen(path) as journal:
        sink = JournalSink("LOG_MAIL", path=str(path))
        sink.write(Level.INFO, json.dumps({"event": "x", "text": "y" * 32_000}))
        assert len(journal.recv(1 << 18)) > 32_000
        sink.close()
    assert sink.lost == 0


def test_without_a_journal_it_is_said_what_is_missing(path: Path) -> None:
    with pytest.raises(JournalError, match=r"no journal listens on .*socket .*No such file"):
        JournalSink("LOG_MAIL", path=str(path))


def test_what_is_not_taken_is_counted_and_told_of(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clamgate.observe.journal_sink._PATIENCE", 0.01)
    with listen(path) as journal:
        sink = JournalSink("LOG_MAIL", path=str(path))
        sent = 0
        while not sink.lost:
            sink.write(Level.INFO, f"line {sent}")
            sent += 1
        sink.write(Level.INFO, "too much")
        assert messages(journal, sent - 1) == [f"line {number}" for number in range(sent - 1)]
        sink.write(Level.INFO, "the next")
        assert messages(journal, 2) == ["2 log lines were not taken by the journal", "the next"]
        sink.close()
    assert sink.lost == 2


def test_a_journal_that_is_started_anew_is_found_again(path: Path) -> None:
    with listen(path):
        sink = JournalSink("LOG_MAIL", path=str(path))
    sink.write(Level.INFO, "lost")
    path.unlink()
    sink.write(Level.INFO, "lost too")
    assert sink.lost == 2
    with listen(path) as journal:
        sink.write(Level.INFO, "here")
        assert messages(journal, 2) == ["2 log lines were not taken by the journal", "here"]
    sink.close()
