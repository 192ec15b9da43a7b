"""Messages of the history, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from clamgate.cli.grid import print_grid
from clamgate.observe.json_text import dumps
from clamgate.observe.text import printable

_HEADS = ("TIME", "QUEUE ID", "FROM", "TO", "VERDICT", "ACTION", "MS", "SUBJECT")


def print_list(messages: list[dict[str, Any]]) -> None:
    """Print a line for each message."""
    print_grid(_HEADS, map(_row, messages), numbers={"MS"}, whole={"TIME", "QUEUE ID", "MS"})


def as_json(message: dict[str, Any]) -> str:
    """Return a message as the JSON log has it."""
    time = datetime.fromtimestamp(message["time"], UTC).isoformat(timespec="milliseconds")
    return dumps({**message, "time": time})


def story(message: dict[str, Any]) -> list[str]:
    """Return all that is known of a message, in lines."""
    facts = [(name, text) for name, text in _facts(message) if text]
    return [
        f"{local(message['time'])}  {printable(message['queue_id']) or '(no queue id)'}",
        *(f"  {name:<11}{printable(text)}" for name, text in facts),
    ]


def shortfalls(answer: dict[str, Any]) -> list[str]:
    """Say what an answer leaves out."""
    shown, count, unsure = len(answer["messages"]), answer["count"], answer["unsure"]
    return [
        *(
            [f"{count} messages fit; the newest {shown} are shown: -n shows more"]
            if count > shown
            else []
        ),
        *(
            [f"{unsure} more may be to this recipient: of theirs only the first are remembered"]
            if unsure
            else []
        ),
    ]


def nothing(answer: dict[str, Any]) -> str:
    """Say that no message fits, and how far back the history goes."""
    if not answer["kept"]:
        return "no messages are remembered yet"
    since = local(answer["oldest"])
    return f"no message fits, of the {answer['kept']} that are remembered (since {since})"


def local(seconds: float) -> str:
    """Return a time as the clock on the wall has it, with milliseconds."""
    moment = datetime.fromtimestamp(seconds).astimezone()
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"


def recipients(message: dict[str, Any]) -> str:
    """Return the first recipient, and how many others there are."""
    first = f"<{message['recipients'][0]}>" if message["recipients"] else "-"
    others = message["recipient_count"] - 1
    return f"{first} +{others}" if others > 0 else first


def verdict(message: dict[str, Any]) -> str:
    """Return what was found."""
    return ", ".join(message["signatures"]) or message["verdict"]


def _row(message: dict[str, Any]) -> tuple[object, ...]:
    return (
        local(message["time"])[5:],
        message["queue_id"] or "-",
        f"<{message['sender']}>",
        recipients(message),
        verdict(message),
        message["action"],
        "-" if message["total_ms"] is None else f"{message['total_ms']:.1f}",
        message["subject"] or "-",
    )


def _facts(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "from", f"<{message['sender']}>"
    shown = message["recipients"]
    yield "to", ", ".join(f"<{one}>" for one in shown)
    if message["recipient_count"] > len(shown):
        yield "", f"and {message['recipient_count'] - len(shown)} more"
    yield "subject", message["subject"] or ""
    yield "message-id", message["message_id"] or ""
    address = f"[{message['client_address']}]" if message["client_address"] else ""
    yield "client", f"{message['client_name']} {address}".strip()
    yield "size", f"{message['size']} bytes"
    yield "verdict", _found(message)
    yield "action", f"{message['action']}, by {message['rule']}".removesuffix(", by ")
    for one in message["by_recipient"]:
        outcome = "" if one["outcome"] == one["action"] else f", handled as {one['outcome']}"
        yield "", f"for <{one['recipient']}>: {one['rule']}{outcome}"
    yield "reply", message["reply"] or ""
    yield "stored", message["stored"]
    if message["clamd"]:
        attempts = f", attempt {message['attempts']}" if message["attempts"] > 1 else ""
        yield "scan", f"{message['scan_ms']:.1f} ms by clamd {message['clamd']}{attempts}"
    if message["total_ms"] is not None:
        yield "in all", f"{message['total_ms']:.1f} ms in {message['process']}"


def _found(message: dict[str, Any]) -> str:
    found = ", ".join(message["signatures"])
    of_class = f" (class {message['class']})" if message["class"] else ""
    return ": ".join(filter(None, (message["verdict"], found + of_class, message["reason"])))
