from __future__ import annotations

import json
import syslog

import pytest

from clamgate.observe.sink import Level
from clamgate.observe.syslog_sink import FACILITIES, SyslogSink

Calls = list[tuple[object, ...]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Return what the C library's functions are called with."""
    made: Calls = []
    for name in ("openlog", "syslog", "closelog"):
        monkeypatch.setattr(
            syslog, name, lambda *args, name=name: made.append((name, *args)), raising=True
        )
    return made


def test_lines_have_the_priority_of_their_level(calls: Calls) -> None:
    sink = SyslogSink("LOG_LOCAL6")
    for level in Level:
        sink.write(level, level.value)
    sink.reopen()
    sink.close()
    assert calls == [
        ("openlog", "clamav-milter", syslog.LOG_PID | syslog.LOG_NDELAY, syslog.LOG_LOCAL6),
        ("syslog", syslog.LOG_ERR, "error"),
        ("syslog", syslog.LOG_WARNING, "warning"),
        ("syslog", syslog.LOG_INFO, "info"),
        ("syslog", syslog.LOG_DEBUG, "debug"),
        ("closelog",),
    ]


def test_with_records_all_is_one(calls: Calls) -> None:
    sink = SyslogSink("LOG_MAIL", records=True, clock=lambda: 0.0)
    sink.write(Level.INFO, '{"event":"started"}')
    sink.write(Level.WARNING, "2 log lines were lost")
    (_, _, first), (_, _, second) = calls[1:]
    assert first == '{"event":"started"}'
    told = json.loads(str(second))
    assert (told["event"], told["text"], told["time"][:4]) == (
        "notice",
        "2 log lines were lost",
        "1970",
    )


@pytest.mark.parametrize("name", sorted(set(FACILITIES) & set(dir(syslog))))
def test_facilities_are_the_system_s(name: str, calls: Calls) -> None:
    SyslogSink(name)
    assert calls[0][3] == getattr(syslog, name)


def test_all_of_the_c_program_s_facilities_are_known() -> None:
    names = [
        "AUTH",
        "AUTHPRIV",
        "CRON",
        "DAEMON",
        "FTP",
        "KERN",
        "LPR",
        "MAIL",
        "NEWS",
        "SYSLOG",
        "USER",
        "UUCP",
    ]
    names += [f"LOCAL{n}" for n in range(8)]
    assert sorted(FACILITIES) == sorted(f"LOG_{name}" for name in names)


def test_another_facility_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError) as caught:
        SyslogSink("log_mail")
    assert str(caught.value).startswith("LogFacility log_mail: not one of LOG_KERN, LOG_USER,")
