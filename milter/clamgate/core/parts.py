"""A part of a message, as rules, replies and the log name it."""

from __future__ import annotations

from dataclasses import dataclass

from clamgate.core.filenames import tame


@dataclass(frozen=True, slots=True)
class FoundPart:
    """A part of a message that something is to be said of.

    Attributes:
        path: Where it stands (``2.1``: the first part of the second).
        names: The file names that mail programs would show; none if it has none.
        declared: The media type that it is given, empty if none.
        detected: The one that its first bytes show, empty if none.
        size: In bytes, decoded.
        sha256: Of the decoded bytes, in hexadecimal.
        reading: How it was come by (``base64 past its padding``), empty if it stands there plainly.
    """

    path: str
    names: tuple[str, ...]
    declared: str
    detected: str
    size: int
    sha256: str
    reading: str = ""

    @property
    def shown(self) -> str:
        """What to call it in a reply or a header field: one line, without tricks."""
        if self.names:
            return tame(self.names[0])
        kind = self.declared or self.detected
        return tame(f"part {self.path} ({kind})" if kind else f"part {self.path}")
