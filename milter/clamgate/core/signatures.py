"""Names of signatures: patterns for them, and the classes they are sorted into."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass

from clamgate.core.verdict import Infected, Unscanned, Verdict

UNOFFICIAL = ".UNOFFICIAL"
"""What libclamav puts after the name of every signature that ClamAV itself did not sign."""

OTHER = "malware"
"""The class of every signature that no other one claims."""


class Glob:
    """A pattern for names of signatures: ``*``, ``?`` and ``[...]`` as in a shell; case is nothing.

    It is held against a name with and without ``.UNOFFICIAL`` at its end.

    Args:
        text: The pattern as it is written.
    """

    __slots__ = ("_regex", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._regex = re.compile(fnmatch.translate(text), re.IGNORECASE)

    def __repr__(self) -> str:
        return f"Glob({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Glob) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def matches(self, name: str) -> bool:
        """Say whether the pattern fits a whole name."""
        return bool(self._regex.match(name) or self._regex.match(name.removesuffix(UNOFFICIAL)))


@dataclass(frozen=True, slots=True)
class SignatureClass:
    """Some patterns and the class that their signatures are in."""

    name: str
    globs: tuple[Glob, ...]


class SignatureClasses:
    """A table of classes: the first row with a pattern that fits a name decides.

    Args:
        rows: A class may have several.
    """

    __slots__ = ("names", "rows")

    def __init__(self, rows: Iterable[SignatureClass] = ()) -> None:
        self.rows = tuple(rows)
        self.names = frozenset({OTHER, *(row.name for row in self.rows)})

    def class_of(self, signature: str) -> str:
        """Return the class of a signature."""
        for row in self.rows:
            if any(glob.matches(signature) for glob in row.globs):
                return row.name
        return OTHER

    def is_malware(self, signature: str) -> bool:
        """Say whether no other class claims a signature."""
        return self.class_of(signature) == OTHER


NO_CLASSES = SignatureClasses()


def signatures_of(verdict: Verdict) -> tuple[str, ...]:
    """Return the names that a verdict is about.

    A message in which clamd met a limit of its own is `Unscanned`, but clamd has a name for it.
    """
    match verdict:
        case Infected(signatures):
            return signatures
        case Unscanned(_, signature) if signature:
            return (signature,)
        case _:
            return ()
