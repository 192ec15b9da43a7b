from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.observe.journal import encode, entry
from clamgate.observe.sink import Level

KEYS = st.from_regex(r"[A-Z][A-Z0-9_]{0,63}", fullmatch=True)


def decode(data: bytes) -> list[tuple[str, str]]:
    """Read an entry as the protocol's document says."""
    fields = []
    while data:
        line, _, rest = data.partition(b"\n")
        key, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack("<Q", rest[:8])
            value, rest = rest[8 : 8 + length], rest[8 + length :]
            assert rest[:1] == b"\n"
            rest = rest[1:]
        fields.append((key.decode(), value.decode()))
        data = rest
    return fields


@given(st.lists(st.tuples(KEYS, st.text(st.characters(exclude_categories=["Cs"])))))
def test_any_text_comes_out_as_it_went_in(fields: list[tuple[str, str]]) -> None:
    assert decode(encode(fields)) == fields


def test_both_forms() -> None:
    assert encode([("A", "b=c")]) == b"A=b=c\n"
    assert encode([("A", "b\nc")]) == b"A\n\x03\0\0\0\0\0\0\0b\nc\n"


@pytest.mark.parametrize(
    ("level", "priority"),
    [(Level.ERROR, "3"), (Level.WARNING, "4"), (Level.INFO, "6"), (Level.DEBUG, "7")],
)
def test_a_line_for_people(level: Level, priority: str) -> None:
    assert entry(level, "Clean message", "clamav-milter", 2) == [
        ("MESSAGE", "Clean message"),
        ("PRIORITY", priority),
        ("SYSLOG_IDENTIFIER", "clamav-milter"),
        ("SYSLOG_FACILITY", "2"),
    ]


def test_a_record_s_fields() -> None:
    record = {
        "time": "2026",
        "level": "info",
        "event": "message",
        "queue_id": "4X",
        "sender": "",
        "recipients": ["a@x", "b@x"],
        "recipient_count": 2,
        "subject": 'Grüße "\n\x1b[2J\u2028',
        "message_id": None,
        "size": 0,
        "local": False,
        "verdict": "infected",
        "signatures": ["Eicar"],
        "action": "reject",
        "by_recipient": [{"recipient": "a@x", "rule": "r"}],
    }
    fields = entry(Level.INFO, json.dumps(record), "i", 2)
    assert fields[0] == ("MESSAGE", "4X: infected (Eicar), reject, from <> to <a@x> and 1 more")
    assert fields[4:] == [
        ("CLAMGATE_EVENT", "message"),
        ("CLAMGATE_QUEUE_ID", "4X"),
        ("CLAMGATE_RECIPIENTS", "a@x"),
        ("CLAMGATE_RECIPIENTS", "b@x"),
        ("CLAMGATE_RECIPIENT_COUNT", "2"),
        ("CLAMGATE_SUBJECT", 'Grüße "\\n\\u001b[2J\\u2028'),
        ("CLAMGATE_SIZE", "0"),
        ("CLAMGATE_LOCAL", "false"),
        ("CLAMGATE_VERDICT", "infected"),
        ("CLAMGATE_SIGNATURES", "Eicar"),
        ("CLAMGATE_ACTION", "reject"),
        ("CLAMGATE_BY_RECIPIENT", '{"recipient":"a@x","rule":"r"}'),
    ]


def test_other_events_in_words() -> None:
    up = {"event": "clamd up", "process": "worker 1", "clamd": "unix:/c", "version": "ClamAV"}
    assert entry(Level.INFO, json.dumps(up), "i", 2)[0][1] == (
        "clamd up: clamd unix:/c, version ClamAV"
    )
    assert entry(Level.INFO, '{"event":"stopped","unfinished":0}', "i", 2)[0][1] == "stopped"


def test_what_a_sender_writes_adds_no_field() -> None:
    record = {"event": "message", "subject": "x\nPRIORITY=0\nCLAMGATE_VERDICT=clean"}
    fields = decode(encode(entry(Level.INFO, json.dumps(record), "i", 2)))
    assert [key for key, _ in fields].count("PRIORITY") == 1
    assert "CLAMGATE_VERDICT" not in dict(fields)
    assert all(value.isprintable() for _, value in fields)
