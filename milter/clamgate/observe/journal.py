"""The journal's native protocol (systemd, "Native Journal Protocol"): an entry as bytes. No I/O.

An entry is one datagram: ``KEY=value`` and a line feed for each field, or, where the value has a
line feed in it, ``KEY``, a line feed, the value's length in 8 bytes (little endian), the value and
a line feed. A key may come more than once.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from typing import cast

from clamgate.observe.json_text import escaped
from clamgate.observe.sink import Level
from clamgate.observe.text import MAX_LINE, printable

Field = tuple[str, str]

_PREFIX = "CLAMGATE_"
_LENGTH = struct.Struct("<Q")

# Those of syslog, as in RFC 5424, section 6.2.1.
_PRIORITIES = {Level.ERROR: 3, Level.WARNING: 4, Level.INFO: 6, Level.DEBUG: 7}

# What the journal knows by itself, or by a name of its own.
_LEFT_OUT = frozenset({"time", "level"})


def encode(fields: Iterable[Field]) -> bytes:
    """Return an entry. Keys are of capitals, digits and underscores."""
    return b"".join(
        _encoded(key.encode(), value.encode("utf-8", "replace")) for key, value in fields
    )


def entry(level: Level, text: str, ident: str, facility: int) -> list[Field]:
    """Return the fields of a log line; each one of a record becomes one of its own.

    Args:
        level: How much it matters.
        text: A line for people, or a record (LogFormat json).
        ident: What the journal calls us.
        facility: The code of the syslog facility.
    """
    record = _record(text)
    return [
        ("MESSAGE", text if record is None else _in_words(record)),
        ("PRIORITY", str(_PRIORITIES[level])),
        ("SYSLOG_IDENTIFIER", ident),
        ("SYSLOG_FACILITY", str(facility)),
        *(_fields(record) if record else ()),
    ]


def _encoded(key: bytes, value: bytes) -> bytes:
    if b"\n" in value:
        return b"%b\n%b%b\n" % (key, _LENGTH.pack(len(value)), value)
    return b"%b=%b\n" % (key, value)


def _record(text: str) -> dict[str, object] | None:
    if not text.startswith("{"):
        return None
    record = json.loads(text)
    return record if isinstance(record, dict) else None


def _fields(record: dict[str, object]) -> Iterator[Field]:
    """Yield a field for each value that there is, and for each item of a list."""
    for name, value in record.items():
        if name not in _LEFT_OUT:
            for one in value if isinstance(value, list) else [value]:
                if one not in (None, ""):
                    yield _PREFIX + name.upper(), _text(one)


def _text(value: object) -> str:
    if isinstance(value, str):
        return escaped(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _in_words(record: dict[str, object]) -> str:
    """Return a line that says the most important of a record."""
    event = record.get("event")
    if event != "message":
        told = {name: value for name, value in record.items() if name not in _HEAD and value}
        words = ", ".join(f"{name} {_text(value)}" for name, value in told.items())
        return printable(f"{event}: {words}" if words else str(event), MAX_LINE)
    recipients, found = record.get("recipients"), record.get("signatures")
    to = recipients[0] if isinstance(recipients, list) and recipients else ""
    name = found[0] if isinstance(found, list) and found else record.get("reason")
    because = f" ({name})" if name else ""
    others = cast("int", record.get("recipient_count", 1)) - 1
    more = f" and {others} more" if others > 0 else ""
    return printable(
        f"{record.get('queue_id')}: {record.get('verdict')}{because}, {record.get('action')}, "
        f"from <{record.get('sender')}> to <{to}>{more}",
        MAX_LINE,
    )


_HEAD = frozenset({"time", "level", "event", "process"})
