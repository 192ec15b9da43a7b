"""Whether the harness MTA agrees with a real one, but for differences that are wanted and show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

from tests.judge_comparison.seen import Seen


@dataclass(frozen=True, slots=True)
class Wanted:
    """A difference that is on purpose.

    Attributes:
        says: What the real MTA does, and in brackets what the harness MTA does.
        reason: Why that stays.
        flows: Where it shows: in each of these, and nowhere else.
        parts: In which parts of what is seen it shows: in each of these, and in no other.
    """

    says: str
    reason: str
    flows: frozenset[str]
    parts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing with one MTA.

    Attributes:
        flows: How many were compared.
        wanted: The flows with a wanted difference, each with its entry.
        problems: What differs and should not, or should and does not.
    """

    flows: int
    wanted: Mapping[str, Wanted]
    problems: tuple[str, ...]

    @property
    def alike(self) -> int:
        """How many agree in every respect."""
        return self.flows - len(self.wanted) - self.unlike

    @property
    def unlike(self) -> int:
        """How many neither agree nor differ as wanted."""
        return len({text.partition(":")[0] for text in self.problems} - self.wanted.keys())


def compare(
    theirs: Mapping[str, Seen], ours: Mapping[str, Seen], table: Iterable[Wanted]
) -> Compared:
    """Compare flow by flow; `theirs` says which flows there are.

    Raises:
        ValueError: Two entries of the table are for the same flow, or one is for none.
    """
    wanted = _by_flow(table)
    if strangers := wanted.keys() - theirs.keys():
        raise ValueError(f"wanted differences of flows that are not compared: {sorted(strangers)}")
    problems: list[str] = []
    shown: dict[str, Wanted] = {}
    for name, real in theirs.items():
        entry = wanted.get(name)
        expected = entry.parts if entry else frozenset[str]()
        differing = _differing(real, ours[name])
        problems += (
            f"{name}: {part}: {getattr(real, part)}, and ours {getattr(ours[name], part)}"
            for part in sorted(differing - expected)
        )
        problems += (
            f"{name}: {part}: does not differ any more" for part in sorted(expected - differing)
        )
        if entry and differing == expected:
            shown[name] = entry
    return Compared(len(theirs), shown, tuple(problems))


def in_own_words(seen: Seen, filters_words: Iterable[str]) -> Seen:
    """Leave of a refusal its class alone, but for texts that are the filter's.

    MTAs have words, enhanced codes and last digits of their own for what they refuse themselves.
    """
    kept = tuple(filters_words)
    return replace(seen, replies=tuple(_own_words(reply, kept) for reply in seen.replies))


def _own_words(reply: str, filters_words: tuple[str, ...]) -> str:
    head, bar, text = reply.partition(" | ")
    if not bar:
        return reply
    said = [words for words in filters_words if words in text]
    return f"{head} {' '.join(said)}" if said else f"{head[:-2]}xx"


def _differing(theirs: Seen, ours: Seen) -> frozenset[str]:
    return frozenset(
        field.name
        for field in fields(Seen)
        if getattr(theirs, field.name) != getattr(ours, field.name)
    )


def _by_flow(table: Iterable[Wanted]) -> dict[str, Wanted]:
    found: dict[str, Wanted] = {}
    for entry in table:
        if again := entry.flows & found.keys():
            raise ValueError(f"two wanted differences of {sorted(again)}")
        found |= dict.fromkeys(entry.flows, entry)
    return found
