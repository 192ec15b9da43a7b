from __future__ import annotations

import json
from typing import Any

import pytest
from tests.observe.examples import EICAR, judged, message

from clamgate.cli.history.words import as_json, nothing, print_list, shortfalls, story
from clamgate.core.decision import Disposition
from clamgate.core.envelope import HeaderFacts
from clamgate.core.verdict import Clean, Verdict
from clamgate.observe.history.entry import Entry, encode

CLEAN = Clean()


def told(verdict: Verdict = CLEAN, **of: Any) -> dict[str, Any]:
    event = judged(verdict, message(**of), disposition=Disposition.REJECT, rule="R [c:1]")
    entry = Entry.of(encode(event, 1_700_000_000.25, "worker 1"))
    assert entry is not None
    return entry.to_json()


def test_the_story_of_a_mail() -> None:
    lines = story(told(EICAR))
    assert lines[0].endswith(".250  4XyZ")
    assert lines[1:] == [
        "  from       <a@example.org>",
        "  to         <one@example.net>, <two@example.net>",
        "  subject    Hello",
        "  message-id <id@example.org>",
        "  client     mail.example [192.0.2.1]",
        "  size       1234 bytes",
        "  verdict    infected: Eicar-Test-Signature",
        "  action     reject, by R [c:1]",
        "  scan       12.5 ms by clamd unix:/run/clamd.ctl",
        "  in all     250.0 ms in worker 1",
    ]


def test_what_a_sender_writes_stays_on_its_line() -> None:
    evil = told(headers=HeaderFacts((b"a\n  action   accept\x1b[2J\xff",)), sender=b"<\x07\r\n>")
    assert all(line.isprintable() for line in story(evil))
    line = as_json(evil)
    assert line.isprintable()
    assert json.loads(line)["time"] == "2023-11-14T22:13:20.250+00:00"


def test_many_recipients() -> None:
    many = tuple(b"<user%d@example.net>" % number for number in range(1000))
    (line,) = (one for one in story(told(recipients=many)) if " more" in one)
    assert line.strip().startswith("and 9")


def test_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    print_list([told(), told(EICAR, recipients=(b"<x@example.net>",), headers=HeaderFacts())])
    heads, first, second = capsys.readouterr().out.splitlines()
    assert heads.split("  ")[0] == "TIME"
    assert "<one@example.net> +1" in first
    assert "Eicar-Test-Signature" in second


def test_what_is_left_out_is_said() -> None:
    answer = {"messages": [1, 2], "count": 5, "unsure": 3}
    assert len(shortfalls(answer)) == 2
    assert shortfalls({"messages": [1], "count": 1, "unsure": 0}) == []


def test_nothing_fits() -> None:
    assert nothing({"kept": 0, "oldest": None}) == "no messages are remembered yet"
    assert "of the 3 that are remembered (since 20" in nothing({"kept": 3, "oldest": 1e9})
