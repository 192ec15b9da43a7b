"""Names of files that senders chose, made fit to be shown."""

from __future__ import annotations

from clamgate.core.verdict import FoundPart

WHOLE_MESSAGE = "the message"
"""What stands for a name where it is not known which part it is about."""

_LONGEST = 100


def shown(part: FoundPart) -> str:
    """Return what to call a part in a reply or a header field: one line, without tricks."""
    if part.names:
        return tame(part.names[0])
    kind = part.declared or part.detected
    return tame(f"part {part.path} ({kind})" if kind else f"part {part.path}")


def tame(name: str) -> str:
    """Return a name with a question mark for all that is not printable, and not too long.

    Not printable are line breaks and all other controls, and what turns the writing direction, with
    which ``exe.doc`` is made of ``cod.exe``.
    """
    cut = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."
    return "".join(char if char.isprintable() else "?" for char in cut)
