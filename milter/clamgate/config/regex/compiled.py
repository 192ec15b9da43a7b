"""Expressions ready for use."""

from __future__ import annotations

from dataclasses import dataclass, field

from clamgate.config.regex.automaton import Automaton
from clamgate.config.regex.basic import parse_basic
from clamgate.config.regex.extended import parse_extended


@dataclass(frozen=True, slots=True)
class Regex:
    """A case-insensitive regular expression on bytes. Equal if written the same.

    Attributes:
        pattern: The expression as it is written.
        extended: Whether it is a POSIX extended one, not a basic one.
    """

    pattern: bytes
    extended: bool
    _automaton: Automaton = field(compare=False, repr=False)

    def search(self, subject: bytes) -> bool:
        """Say whether it matches any part of `subject`, in time proportional to its length."""
        return self._automaton.search(subject)


def compile_basic(pattern: bytes) -> Regex:
    """Compile a POSIX basic expression (AllowList).

    Raises:
        RegexError: It is wrong, or not supported; the text says which and where.
    """
    return Regex(pattern, extended=False, _automaton=Automaton(parse_basic(pattern)))


def compile_extended(pattern: bytes) -> Regex:
    """Compile a POSIX extended expression (SkipAuthenticated).

    Raises:
        RegexError: It is wrong, or not supported; the text says which and where.
    """
    return Regex(pattern, extended=True, _automaton=Automaton(parse_extended(pattern)))
