"""What would change for a mail if another filter judged it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from clamgate.harness.replay.judgement import Judgement


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that two filters do not agree on; `name` is that of a Judgement's attribute."""

    name: str
    was: object
    would_be: object


_COMPARED = ("verdict", "text", "status", "edits", "refused")


def changes(was: Judgement, would_be: Judgement) -> tuple[Change, ...]:
    """Return what would change. At which command a filter answers is no change to the mail."""
    pairs = ((name, getattr(was, name), getattr(would_be, name)) for name in _COMPARED)
    return tuple(Change(name, before, after) for name, before, after in pairs if before != after)


def spell_out(was: Judgement, would_be: Judgement) -> str:
    """Return a line that shows the change, also where only the edits differ."""
    before, after = str(was), str(would_be)
    if was.edits != would_be.edits:
        before += _only(was, would_be)
        after += _only(would_be, was)
    return f"{before} -> {after}"


def _only(one: Judgement, other: Judgement) -> str:
    rest = Counter(one.edits) - Counter(other.edits)
    return "".join(f", {edit}" for edit in rest.elements())
