"""What both dialects share: the tree of an expression, its errors, and reading it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MOST_REPEATS = 255
"""The largest count in braces (POSIX's RE_DUP_MAX)."""

DEEPEST_NESTING = 50
"""How deep groups may be nested. The C program has no such limit."""

ESCAPED_BRACE = b"\\{"


class RegexError(ValueError):
    """An expression that cannot be used. The text says what is wrong, and where in it."""


class UnsupportedError(RegexError):
    """An expression that the C program takes and we do not."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any one of these bytes; both cases of a letter are in it already."""

    allowed: frozenset[int]


class Anchor(Enum):
    """A place rather than a byte. Newlines are ordinary bytes: there is one line."""

    START = "^"
    END = "$"
    WORD_START = "\\<"
    WORD_END = "\\>"


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other; with no parts, nothing at all."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of the branches."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Something `least` to `most` times; None is without end."""

    part: Node
    least: int
    most: int | None


Node = OneOf | Anchor | Sequence | Choice | Repeat

ANY = OneOf(frozenset(range(256)))

ESCAPED_BOUNDARIES = {b"<": Anchor.WORD_START, b">": Anchor.WORD_END}
"""What a backslash makes of angle brackets, in both dialects (ClamAV 1.4, tried)."""


def literal(byte: int) -> OneOf:
    """Return one byte, in both cases if it is an ASCII letter."""
    return OneOf(both_cases(frozenset((byte,))))


def both_cases(allowed: frozenset[int]) -> frozenset[int]:
    """Return the bytes with the other case of every ASCII letter among them."""
    text = bytes(sorted(allowed))
    return allowed | frozenset(text.lower()) | frozenset(text.upper())


class Reader:
    """An expression and how far it has been read."""

    def __init__(self, pattern: bytes) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    def more(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._pattern)

    def sees(self, text: bytes) -> bool:
        """Whether `text` comes next."""
        return self._pattern.startswith(text, self._at)

    def sees_digit(self, ahead: int = 0) -> bool:
        """Whether the byte that is `ahead` bytes further on is a digit."""
        return self._pattern[self._at + ahead : self._at + ahead + 1].isdigit()

    def eat(self, text: bytes) -> bool:
        """Read `text` if it comes next, and say whether it did."""
        if not self.sees(text):
            return False
        self._at += len(text)
        return True

    def take(self) -> int:
        """Read one byte; there must be one."""
        self._at += 1
        return self._pattern[self._at - 1]

    def take_until(self, text: bytes) -> bytes | None:
        """Read up to and with `text`, and return what stood before; None if it never comes."""
        end = self._pattern.find(text, self._at)
        if end < 0:
            return None
        before, self._at = self._pattern[self._at : end], end + len(text)
        return before

    def count(self) -> int:
        """Read a repetition count.

        Raises:
            RegexError: There is none, or it is too large.
        """
        value, digits = 0, 0
        while self.sees_digit() and value <= MOST_REPEATS:
            value, digits = value * 10 + self.take() - ord("0"), digits + 1
        if not digits or value > MOST_REPEATS:
            raise self.error(f"in braces must stand a number from 0 to {MOST_REPEATS}")
        return value

    def bounds(self, close: bytes) -> tuple[int, int | None]:
        """Read ``m``, ``m,`` or ``m,n`` and the closing brace; the opening one has been read.

        Raises:
            RegexError: It is none of these.
        """
        least = self.count()
        most: int | None = least
        if self.eat(b","):
            most = self.count() if self.sees_digit() else None
        if not self.eat(close):
            raise self.error(f"a repetition must end with {close.decode()}, as in {{1,3}}")
        if most is not None and most < least:
            raise self.error(f"a repetition from {least} to {most} times runs backwards")
        return least, most

    def enter_group(self) -> None:
        """Note that a group begins.

        Raises:
            UnsupportedError: It is nested too deep.
        """
        self._depth += 1
        if self._depth > DEEPEST_NESTING:
            raise UnsupportedError(f"groups are nested more than {DEEPEST_NESTING} deep")

    def leave_group(self) -> None:
        """Note that a group ends."""
        self._depth -= 1

    def error(self, text: str) -> RegexError:
        """Return an error at the place reached."""
        return RegexError(f"{text} (at byte {self._at} of the expression)")

    def unsupported(self, text: str) -> UnsupportedError:
        """Return a refusal at the place reached."""
        return UnsupportedError(f"{text} (at byte {self._at} of the expression)")


def repeated(part: Node, least: int, most: int | None, reader: Reader) -> Repeat:
    """Return something repeated.

    Raises:
        UnsupportedError: It is an anchor several times over. Whether the C program matches that
            depends on the length of the rest of the expression.
    """
    if max(least, most or 0) > 1 and _has_anchor(part):
        raise reader.unsupported("^, $, \\< or \\> inside of a counted repetition: write it out")
    return Repeat(part, least, most)


def _has_anchor(node: Node) -> bool:
    match node:
        case Anchor():
            return True
        case OneOf():
            return False
        case Sequence(parts) | Choice(parts):
            return any(_has_anchor(part) for part in parts)
        case Repeat(part):
            return _has_anchor(part)
