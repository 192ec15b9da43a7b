"""TOML with the line of each key, which the standard library's parser does not tell.

No grammar of our own is needed for that. A statement of TOML ends at the end of a line; so, from
where one begins, the fewest lines that the parser takes are that statement, and what it makes of
them are the statement's keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clamgate.config.problems import Findings, Place

Key = str | int

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_AT_END = " (at end of document)"
_CAN_END = re.compile(r"[\]}]|\"\"\"|'''")


@dataclass(frozen=True, slots=True)
class Document:
    """A file in TOML.

    Attributes:
        path: Its name.
        data: What is in it.
        lines: The line of each key, table and element of an array of tables, by its path
            (``("rule", 0, "action")``).
    """

    path: str
    data: Mapping[str, Any]
    lines: Mapping[tuple[Key, ...], int]

    def place(self, *keys: Key) -> Place:
        """Return where a key is written, or what it is in if it has no line of its own."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return Place(self.path, self.lines.get(keys, 0))


def read_toml(path: str, named_at: Place, findings: Findings) -> Document | None:
    """Read a file; None if it cannot be read or is no TOML.

    Args:
        path: The file.
        named_at: Where it is named.
        findings: Told of what is wrong, by the line of the file itself.
    """
    try:
        raw = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        findings.error(named_at, f"cannot read {path}: {getattr(error, 'strerror', error)}")
        return None
    return parse_toml(raw, path, findings)


def parse_toml(raw: bytes, path: str, findings: Findings) -> Document | None:
    """Do the same for what a file holds."""
    try:
        text = raw.decode().removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        findings.error(Place(path, line), "is not UTF-8: save the file as UTF-8")
        return None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        findings.error(*_told(error, path, text))
        return None
    return Document(path, data, dict(_lines_of(text)))


def _told(error: tomllib.TOMLDecodeError, path: str, text: str) -> tuple[Place, str]:
    words = str(error)
    if found := _AT_LINE.search(words):
        return Place(path, int(found[1])), f"is no TOML: {words[: found.start()]}"
    last = len(text.rstrip().split("\n"))
    return Place(path, last), f"is no TOML: {words.removesuffix(_AT_END)}, and the file ends"


def _lines_of(text: str) -> Iterator[tuple[tuple[Key, ...], int]]:
    table: tuple[Key, ...] = ()
    counts: dict[tuple[Key, ...], int] = {}
    for line, statement, content in _statements(text):
        if not statement.startswith("["):
            for keys in _paths(content):
                yield (*table, *keys), line
            continue
        *_, names = _paths(content)
        table = ()
        for name in names[:-1]:
            table = _entered((*table, name), counts)
        table = (*table, names[-1])
        if statement.startswith("[["):
            counts[table] = counts.get(table, -1) + 1
            table = _entered(table, counts)
        yield table, line


def _entered(path: tuple[Key, ...], counts: Mapping[tuple[Key, ...], int]) -> tuple[Key, ...]:
    """Return the path of what a header means by a name: of an array, its last element so far."""
    return (*path, counts[path]) if path in counts else path


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield each statement's first line, its text, and what it says by itself."""
    pending: list[str] = []
    start = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not pending:
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            start = number
        pending.append(line)
        if len(pending) > 1 and not _CAN_END.search(line):
            continue
        statement = "\n".join(pending)
        try:
            content = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        yield start, statement.lstrip(), content
        pending = []


def _paths(content: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the path of each key in a statement's tables, the outer ones first."""
    for name, value in content.items():
        yield (name,)
        if isinstance(value, dict):
            for keys in _paths(value):
                yield (name, *keys)
