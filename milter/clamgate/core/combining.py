"""One message, several recipients, and a rule for each: what becomes of all of it.

An MTA gives one answer for a message. So an answer to the sender (Reject, Defer), and what an MTA
does to a message as a whole (Quarantine), can only be what was decided for every recipient. Where
it is not, the message is delivered to those who may have it, and stored for the others, who are
removed as its recipients. A message has one body, so what is taken out of it for one of them is
taken out for all. docs/policy.md has the table; the tests name each row of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clamgate.core.rules import Action

_DELIVERED_WITH_CARE = (Action.TAG, Action.STRIP)


def is_severer(one: Action, other: Action) -> bool:
    """Whether less of a message gets to a recipient by one action than by another."""
    return _severity(one) > _severity(other)


def _severity(action: Action) -> int:
    if not action.delivers:
        return 2
    return int(action in _DELIVERED_WITH_CARE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a message.

    Attributes:
        whole: What is done with it as a whole: Accept if anybody gets it; Tag and Strip are an
            Accept too.
        each: What comes of each recipient's action, in their order: that action, or Store, or Strip
            where another's copy is stripped.
    """

    whole: Action
    each: tuple[Action, ...]


def combine(actions: Sequence[Action]) -> Outcome:
    """Return what becomes of a message of which these are decided for its recipients, one each.

    Raises:
        ValueError: There are none.
    """
    if not actions:
        raise ValueError("a message without recipients has nothing to combine")
    first = actions[0]
    if all(action is first for action in actions):
        return Outcome(first, tuple(actions))
    each = tuple(action if action.delivers else Action.STORE for action in actions)
    delivered = [action for action in each if action.delivers]
    if not delivered:
        return Outcome(Action.STORE, each)
    if Action.STRIP in delivered:
        stripped = (Action.STRIP if action is Action.ACCEPT else action for action in each)
        return Outcome(Action.STRIP, tuple(stripped))
    return Outcome(Action.TAG if Action.TAG in delivered else Action.ACCEPT, each)
