"""Finding an expression in a subject, in one pass over it.

The tree becomes a non-deterministic automaton; the sets of states it can be in are made as
subjects call for them, and kept: that is a deterministic one, built lazily. A byte costs one
look-up once its step is known, and at most one walk over all states when it is not, whatever the
expression and the subject are.
"""

from __future__ import annotations

import string
from collections.abc import Iterable

from clamgate.config.regex.syntax import (
    Anchor,
    Choice,
    Node,
    OneOf,
    Repeat,
    Sequence,
    UnsupportedError,
)

_ACCEPT = 0

# An expression is refused if it takes more steps than this to build: nested counts multiply.
_MOST_STEPS = 50_000

# Beyond this many sets of states all are forgotten: an expression can have as many as 2**n.
_MOST_SETS = 500

_WORD_BYTES = frozenset(f"{string.ascii_letters}{string.digits}_".encode())
_BOUNDARIES = frozenset((Anchor.WORD_START, Anchor.WORD_END))

_AT_START = frozenset((Anchor.START,))
_INSIDE: frozenset[Anchor] = frozenset()

_Guard = frozenset[int] | Anchor | None


class _Builder:
    """Turns a tree into states: what guards each, and where it leads to."""

    def __init__(self) -> None:
        self.guards: list[_Guard] = [None]
        self.exits: list[tuple[int, ...]] = [()]
        self._steps = 0

    def add(self, node: Node, exit_: int) -> int:
        """Add the states that match `node` and then go on at `exit_`; return the first of them."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise UnsupportedError("its repetitions multiply to too large an expression")
        match node:
            case OneOf(allowed):
                return self._state(allowed, exit_)
            case Anchor():
                return self._state(node, exit_)
            case Sequence(parts):
                for part in reversed(parts):
                    exit_ = self.add(part, exit_)
                return exit_
            case Choice(branches):
                return self._state(None, *(self.add(branch, exit_) for branch in branches))
            case Repeat(part, least, most):
                return self._repeat(part, least, most, exit_)

    def _repeat(self, part: Node, least: int, most: int | None, exit_: int) -> int:
        first = exit_
        if most is None:
            first = self._state(None)
            self.exits[first] = (self.add(part, first), exit_)
        else:
            for _ in range(most - least):
                first = self._state(None, self.add(part, first), exit_)
        for _ in range(least):
            first = self.add(part, first)
        return first

    def _state(self, guard: _Guard, *exits: int) -> int:
        self.guards.append(guard)
        self.exits.append(exits)
        return len(self.guards) - 1


class _Set:
    """A set of states the automaton can be in between two bytes.

    Attributes:
        waiting: Those that need a byte, or a word boundary, to go on.
        after_word: Whether the last byte was one of a word.
        accepting: Whether a match has been found.
        accepting_at_end: Whether one has, if the subject ends here.
        after: The set after a byte, where known.
    """

    __slots__ = ("accepting", "accepting_at_end", "after", "after_word", "waiting")

    def __init__(
        self,
        waiting: frozenset[int],
        *,
        after_word: bool,
        accepting: bool,
        accepting_at_end: bool,
    ) -> None:
        self.waiting = waiting
        self.after_word = after_word
        self.accepting = accepting
        self.accepting_at_end = accepting_at_end
        self.after: dict[int, _Set] = {}


class Automaton:
    """Searches for an expression. Safe for threads: at worst two of them find out the same.

    Raises:
        UnsupportedError: The expression is too large, or has two boundaries next to each other.
    """

    def __init__(self, tree: Node) -> None:
        builder = _Builder()
        self._start = builder.add(tree, _ACCEPT)
        self._guards = tuple(builder.guards)
        self._exits = tuple(builder.exits)
        self._has_boundaries = self._find_boundaries()
        self._sets: dict[tuple[frozenset[int], bool], _Set] = {}
        self._initial = self._set_of([self._start], _AT_START, after_word=False)

    def search(self, subject: bytes) -> bool:
        """Say whether the expression matches any part of `subject`."""
        current = self._initial
        for byte in subject:
            if current.accepting:
                return True
            current = current.after.get(byte) or self._advance(current, byte)
        return current.accepting_at_end

    def _advance(self, current: _Set, byte: int) -> _Set:
        """Find the set after a byte. A match may begin anywhere, so also right behind it."""
        is_word = byte in _WORD_BYTES
        waiting, accepting = current.waiting, False
        if self._has_boundaries and is_word is not current.after_word:
            boundary = Anchor.WORD_START if is_word else Anchor.WORD_END
            passed, accepting = self._pass_boundary(waiting, boundary)
            waiting |= passed
        reached = {_ACCEPT} if accepting else {self._start}
        for state in waiting:
            guard = self._guards[state]
            if isinstance(guard, frozenset) and byte in guard:
                reached.update(self._exits[state])
        found = current.after[byte] = self._known(
            frozenset(reached), after_word=self._has_boundaries and is_word
        )
        return found

    def _known(self, states: frozenset[int], *, after_word: bool) -> _Set:
        """Return a set, made at first sight. When there are too many, all are forgotten."""
        key = (states, after_word)
        if (found := self._sets.get(key)) is None:
            if len(self._sets) >= _MOST_SETS:
                self._sets.clear()
                self._initial.after.clear()  # from here all others are reached
            found = self._sets[key] = self._set_of(states, _INSIDE, after_word=after_word)
        return found

    def _set_of(
        self, states: Iterable[int], anchors: frozenset[Anchor], *, after_word: bool
    ) -> _Set:
        waiting, accepting = self._closure(states, anchors)
        at_end, accepting_at_end = self._closure(states, anchors | {Anchor.END})
        if after_word and not accepting_at_end:
            _, accepting_at_end = self._pass_boundary(at_end, Anchor.WORD_END)
        return _Set(
            waiting,
            after_word=after_word,
            accepting=accepting,
            accepting_at_end=accepting_at_end,
        )

    def _pass_boundary(
        self, states: Iterable[int], boundary: Anchor
    ) -> tuple[frozenset[int], bool]:
        """Follow what waits for a word boundary. As in the library, no anchor comes after it."""
        passed = (self._exits[state] for state in states if self._guards[state] is boundary)
        return self._closure((exit_ for exits in passed for exit_ in exits), _INSIDE)

    def _closure(
        self, states: Iterable[int], anchors: frozenset[Anchor]
    ) -> tuple[frozenset[int], bool]:
        """Follow all that needs no byte where these anchors hold.

        Return what then waits for a byte or a boundary, and whether the expression is matched.
        """
        seen = set(states)
        to_do = list(seen)
        waiting = set()
        while to_do:
            state = to_do.pop()
            guard = self._guards[state]
            if guard is None or guard in anchors:
                new = [exit_ for exit_ in self._exits[state] if exit_ not in seen]
                seen.update(new)
                to_do.extend(new)
            elif guard is not Anchor.START and guard is not Anchor.END:
                waiting.add(state)
        return frozenset(waiting), _ACCEPT in seen

    def _find_boundaries(self) -> bool:
        """Say whether there are any; refuse what the library takes in two ways.

        Whether it passes two of them at one place depends on the length of the expression.
        """
        boundaries = {
            state: guard for state, guard in enumerate(self._guards) if guard in _BOUNDARIES
        }
        for state, guard in boundaries.items():
            nearest, _ = self._closure(self._exits[state], _INSIDE)
            if any(boundaries.get(other) is guard for other in nearest - {state}):
                raise UnsupportedError("two word boundaries at one place: one is enough")
        return bool(boundaries)
