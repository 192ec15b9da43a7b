"""What is shown of a message: values for programs, and text for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from clamgate.observe.text import printable, readable
from clamgate.quarantine.index import Row
from clamgate.quarantine.record import Record

_UNIT = 1024


def json_row(row: Row) -> dict[str, Any]:
    """Return what the index knows, for JSON; times are in UTC."""
    return {**asdict(row), "stored_at": iso(row.stored_at), "released_at": iso(row.released_at)}


def json_record(row: Row, record: Record) -> dict[str, Any]:
    """Return all that is known of a message, for JSON. Bytes that are not UTF-8 show as ``?``."""
    fields = json_row(row)
    del fields["recipients"], fields["signature"], fields["client"]
    return {
        **fields,
        "sender": readable(record.sender),
        "kept": [
            {
                "recipient": readable(one.recipient),
                "action": one.action.value,
                "rule": one.rule,
                "reason": one.reason,
            }
            for one in record.kept
        ],
        "signatures": list(record.signatures),
        "client_host": record.client_host,
        "client_address": record.client_address,
        "auth_name": None if record.auth_name is None else readable(record.auth_name),
        "message_id": None if record.message_id is None else readable(record.message_id),
    }


def iso(seconds: float | None) -> str | None:
    """Return a time in UTC, to the second."""
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def local(seconds: float) -> str:
    """Return a time as the clock on the wall has it."""
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S}"


def amount(size: float) -> str:
    """Return a number of bytes as people read it: ``12 B``, ``3.4 KiB``."""
    for unit in ("B", "KiB", "MiB"):
        if size < _UNIT:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= _UNIT
    return f"{size:.1f} GiB"


def addresses(some: Iterable[str]) -> str:
    """Return addresses in a few words: the first, and how many more there are."""
    first, *others = some or ("",)
    return f"<{printable(first)}>" + (f" +{len(others)}" if others else "")
