"""What keys do: a state and a key make a state. No terminal is needed for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any


class Show(Enum):
    """Which decisions are shown."""

    ALL = "all"
    NOT_CLEAN = "not clean"
    INFECTED = "infected"


@dataclass(frozen=True, slots=True)
class State:
    """What somebody has chosen.

    Attributes:
        paused: Nothing is asked for, and what is shown stays.
        show: Which decisions are shown.
        text: What has to be in them; empty for anything.
        typing: What is being typed, to become the text; None if nothing is.
        done: It is time to leave.
    """

    paused: bool = False
    show: Show = Show.ALL
    text: str = ""
    typing: str | None = None
    done: bool = False


ESCAPE = "\x1b"
_ENTER = ("\r", "\n")
_ERASE = ("\x7f", "\b")
_ERASE_ALL = "\x15"
_CTRL_C = "\x03"
_LONGEST = 64

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)")
"""What arrow and function keys send (ECMA-48, 5.4; SS3): none of them means anything here."""


def keys_in(data: bytes) -> list[str]:
    """Return the keys in what a terminal sent."""
    return list(_SEQUENCE.sub("", data.decode("utf-8", "replace")))


def press(state: State, key: str) -> State:
    """Return what a state becomes by a key; those that mean nothing change nothing."""
    if key == _CTRL_C:
        return replace(state, done=True)
    return _commanded(state, key) if state.typing is None else _typed(state, state.typing, key)


def _commanded(state: State, key: str) -> State:
    shows = list(Show)
    changes: dict[str, dict[str, Any]] = {
        "q": {"done": True},
        "Q": {"done": True},
        "p": {"paused": not state.paused},
        " ": {"paused": not state.paused},
        "f": {"show": shows[(shows.index(state.show) + 1) % len(shows)]},
        "/": {"typing": ""},
        ESCAPE: {"text": "", "show": Show.ALL},
    }
    return replace(state, **changes.get(key, {}))


def _typed(state: State, typing: str, key: str) -> State:
    if key in _ENTER:
        return replace(state, text=typing, typing=None)
    if key == ESCAPE:
        return replace(state, typing=None)
    if key in _ERASE:
        return replace(state, typing=typing[:-1])
    if key == _ERASE_ALL:
        return replace(state, typing="")
    return replace(state, typing=(typing + key)[:_LONGEST]) if key.isprintable() else state
