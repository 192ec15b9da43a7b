"""The services' output: cut into lines, and each given its service's name."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import BinaryIO

_LONGEST = 32 * 1024  # bytes; a longer line is cut in two

OWN_NAME = "container"
"""Whose lines are the supervisor's own."""


class LineSplitter:
    """Makes lines of what arrives in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that are complete now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST:
            lines.append(self._rest)
            self._rest = b""
        return [_text(line) for line in lines]

    def close(self) -> list[str]:
        """Return what is left at the end."""
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []


def as_text(service: str, line: str, _now: datetime) -> str:
    """Return a line for people."""
    return f"{service}: {line}"


def as_json(service: str, line: str, now: datetime) -> str:
    """Return a line for programs: an object with ``time`` (UTC), ``service`` and ``text``."""
    stamp = now.isoformat(timespec="milliseconds")
    return json.dumps({"time": stamp, "service": service, "text": line}, ensure_ascii=False)


class Printer:
    """Prints the lines of all services on one stream, each whole and at once.

    Args:
        form: `as_text` or `as_json`.
        stream: Where to; standard output if not given.
    """

    def __init__(
        self, form: Callable[[str, str, datetime], str], stream: BinaryIO | None = None
    ) -> None:
        self._form = form
        self._stream = stream or sys.stdout.buffer

    def print(self, service: str, line: str) -> None:
        """Print a line of a service. If nobody can take it, it is lost: the services go on."""
        text = self._form(service, line, datetime.now(UTC))
        try:
            self._stream.write(text.encode(errors="replace") + b"\n")
            self._stream.flush()
        except OSError:
            return

    def say(self, text: str) -> None:
        """Print a line of our own."""
        self.print(OWN_NAME, text)


def _text(line: bytes) -> str:
    """Decode a line; what could act on a terminal is shown, not sent."""
    text = line.rstrip(b"\r").decode(errors="backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else ascii(c)[1:-1] for c in text)
