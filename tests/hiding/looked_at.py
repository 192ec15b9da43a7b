"""What our own eyes see of a message: its parts, names and types, and what programs disagree on."""

from __future__ import annotations

from clamgate.core.contents import Contents, FileCondition, FilePattern
from clamgate.message.mime.attached import Attached, Wanted
from clamgate.message.mime.extractor import Extractor

BOTH = Wanted(files=True, ambiguity=True)


def contents(message: bytes, wanted: Wanted = BOTH) -> Contents:
    """Return what is attached to a message."""
    extractor = Extractor(message)
    attached = Attached(message, wanted)
    for part in extractor.parts():
        attached.add(part)
    return attached.contents(extractor)


def holds(message: bytes, pattern: str) -> bool:
    """Whether OnAttachment finds a file of this pattern."""
    return FileCondition((FilePattern(pattern),)).holds(contents(message))
