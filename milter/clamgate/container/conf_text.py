"""A conf in effect: the text that was mounted, with directives of ours in place of its own.

The mounted text keeps its line numbers, and each line that is added knows who asked for it, so that
an error in the effective file can be told where its author will look for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from clamgate.config.lexer import lex
from clamgate.config.problems import Findings, Place

_AT_LINE = re.compile(r"\bat [^:]+:([0-9]+): *(.*)")
_OF_OPTION = re.compile(r"\boption (\w+)")


@dataclass(frozen=True, slots=True)
class Setting:
    """A directive that replaces all that the mounted conf says of it.

    Attributes:
        name: The directive.
        values: What it is given; none to leave it out altogether.
        source: Who asks for it, for people.
    """

    name: str
    values: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """A conf as it was found: its path, and what it holds."""

    path: str
    data: bytes

    def values(self, name: str) -> tuple[str, ...]:
        """Return what it says of a directive."""
        items = lex(self.data, self.path, Findings())
        return tuple(item.value for item in items if item.name == name)


@dataclass(frozen=True, slots=True)
class EffectiveConf:
    """What a program is started with.

    Attributes:
        data: The text.
        path: Where the mounted one was.
        mounted_lines: How many of its lines are from there.
        added: For each further line, the directive and who asked for it.
    """

    data: bytes
    path: str
    mounted_lines: int
    added: tuple[tuple[str, str], ...]

    def origin(self, line: int) -> Place:
        """Return who wrote a line (from 1)."""
        if line <= self.mounted_lines:
            return Place(self.path, line)
        index = min(line - self.mounted_lines, len(self.added)) - 1
        return Place(self.added[index][1]) if self.added else Place(self.path)

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of a directive."""
        return Source(self.path, self.data).values(name)

    def first(self, name: str, otherwise: str = "") -> str:
        """Return the first value of a directive, which is the one that counts."""
        return next(iter(self.values(name)), otherwise)

    def place_of(self, name: str) -> Place:
        """Return where a directive is given."""
        for item in lex(self.data, self.path, Findings()):
            if item.name == name:
                return self.origin(item.place.line)
        return Place(self.path)


def combine(source: Source, settings: Iterable[Setting]) -> EffectiveConf:
    """Put settings in the place of what a conf says of the same directives."""
    settings = list(settings)
    replaced = {setting.name for setting in settings}
    out = {
        item.place.line
        for item in lex(source.data, source.path, Findings())
        if item.name in replaced
    }
    lines = source.data.split(b"\n") if source.data else []
    if lines and not lines[-1]:
        lines.pop()
    kept = [
        b"# replaced: " + line if number in out else line
        for number, line in enumerate(lines, start=1)
    ]
    new = [(one, value) for one in settings for value in one.values]
    text = [*kept, *(f"{one.name} {_quoted(value)}".encode() for one, value in new)]
    return EffectiveConf(
        data=b"".join(line + b"\n" for line in text),
        path=source.path,
        mounted_lines=len(kept),
        added=tuple((one.name, one.source) for one, _ in new),
    )


def complaints(output: str, conf: EffectiveConf) -> list[str]:
    """Return what a ClamAV program says of its conf, each at the place its author knows.

    Its lines are ``ERROR: Parse error at FILE:LINE: TEXT`` and ``ERROR: ... option NAME``.
    """
    lines = [line.removeprefix("ERROR: ") for line in output.splitlines() if line.strip()]
    wanted = [line for line in lines if "Can't open/parse the config file" not in line]
    return list(dict.fromkeys(_placed(line, conf) for line in wanted or lines))


def _placed(line: str, conf: EffectiveConf) -> str:
    if match := _AT_LINE.search(line):
        return f"{conf.origin(int(match[1]))}: {match[2]}"
    if match := _OF_OPTION.search(line):
        return f"{conf.place_of(match[1])}: {line}"
    return f"{conf.path}: {line}"


def _quoted(value: str) -> str:
    """Quote a value whose blanks at the ends count; one in quotes is taken as it is."""
    return f'"{value}"' if value != value.strip() else value
