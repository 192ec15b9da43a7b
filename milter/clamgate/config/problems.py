"""What is wrong with a conf, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong, or unwise, for people to read.

    Attributes:
        path: The file, or ``command line``.
        line: Its line, from 1; 0 where no single line is at fault.
        text: What is wrong and what would be right, on one line.
    """

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{Place(self.path, self.line)}: {self.text}"


class ConfError(Exception):
    """A conf that cannot be used. Its text has one line for each problem.

    Attributes:
        problems: All of them, by file and line.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something was written. `path` and `line` are as in `Problem`."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


def place_of(written: str) -> Place:
    """Return the place that was written down as text (``file:line``)."""
    path, _, line = written.rpartition(":")
    return Place(path, int(line)) if line.isdecimal() else Place(written)


COMMAND_LINE = Place("command line")


class Findings:
    """Gathers problems while a conf is read, so that all of them can be told in one go."""

    def __init__(self) -> None:
        self._errors: list[Problem] = []
        self._warnings: list[Problem] = []

    def error(self, place: Place, text: str) -> None:
        """Note what makes the conf unusable."""
        self._errors.append(Problem(place.path, place.line, text))

    def warn(self, place: Place, text: str) -> None:
        """Note what is legal but has no effect, or hardly the one that was meant."""
        self._warnings.append(Problem(place.path, place.line, text))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings, by file and line."""
        return tuple(sorted(self._warnings))

    def raise_errors(self) -> None:
        """End here if anything makes the conf unusable.

        Raises:
            ConfError: With all errors, by file and line.
        """
        if self._errors:
            raise ConfError(sorted(self._errors))
