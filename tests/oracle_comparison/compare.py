"""Whether two programs agree on a case, but for differences that are wanted and really occur."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from tests.oracle_comparison.mails import Case
from tests.oracle_comparison.seen import Seen

from clamgate.harness.mail import Message

Change = Callable[[Seen, Message], Seen]
"""From what the C program does with a message to what ours is to do with it."""

Pair = tuple[str, str]
"""The name of a conf and that of a case."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A difference that is on purpose.

    Attributes:
        says: What ours does, and in brackets what the C program does.
        reason: Why.
        pairs: Where it occurs: in each of these, and nowhere else.
        change: What it makes of the C program's doing. Leaves those messages of a session alone
            which are the same.
    """

    says: str
    reason: str
    pairs: frozenset[Pair]
    change: Change


@dataclass(frozen=True, slots=True)
class Compared:
    """How both programs treated one case under one conf.

    Attributes:
        pair: The names of conf and case.
        wanted: The entries that apply.
        problems: What differs and should not, or should and does not.
    """

    pair: Pair
    wanted: tuple[Wanted, ...] = ()
    problems: tuple[str, ...] = ()


def compare(
    conf: str,
    case: Case,
    theirs: tuple[Seen, ...],
    ours: tuple[Seen, ...],
    table: Iterable[Wanted],
) -> Compared:
    """Compare what both did with the messages of a case.

    Args:
        conf: The name of the conf.
        case: What was sent.
        theirs: What the C program did with each of its messages.
        ours: What ours did with them.
        table: All wanted differences.
    """
    pair = (conf, case.name)
    wanted = tuple(entry for entry in table if pair in entry.pairs)
    problems: list[str] = []
    expected = theirs
    for entry in wanted:
        changed = tuple(
            entry.change(seen, message)
            for seen, message in zip(expected, case.messages, strict=True)
        )
        if changed == expected:
            problems.append(f"does not occur any more: {entry.says}")
        expected = changed
    for number, (left, right) in enumerate(zip(expected, ours, strict=True), start=1):
        problems += (f"message {number}, {text}" for text in differences(left, right))
    return Compared(pair, wanted, tuple(problems))


def differences(expected: Seen, ours: Seen) -> list[str]:
    """Say in what two views of a message differ."""
    return [
        f"{field.name}: expected {left!r}, and ours is {right!r}"
        for field in fields(Seen)
        if (left := getattr(expected, field.name)) != (right := getattr(ours, field.name))
    ]


def misplaced(table: Iterable[Wanted], pairs: Iterable[Pair]) -> list[str]:
    """Say which wanted differences are for pairs that are never compared."""
    known = frozenset(pairs)
    return [
        f"there is no {conf} by {case} for: {entry.says}"
        for entry in table
        for conf, case in sorted(entry.pairs - known)
    ]
