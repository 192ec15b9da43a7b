"""What the rules want to know of what is attached: names and types, and whether programs agree."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Protocol

from clamgate.core.contents import AttachedFile, Contents
from clamgate.core.parts import FoundPart
from clamgate.message.archives.listing import ArchiveListing, Turn
from clamgate.message.mime.decoders import base64
from clamgate.message.mime.labels import Label
from clamgate.message.mime.limits import Limits, Meter
from clamgate.message.mime.octets import Octets
from clamgate.message.mime.part import Part
from clamgate.message.mime.programs import gist, shown_by_both

_MAX_DISPUTED = 20
_SECONDS = 5.0
"""For each of the two programs; what one does not come to, it does not show."""
_TEXTS = ("text/", "message/", "multipart/")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes:
        files: Names and types.
        ambiguity: Whether all programs show the same.
    """

    files: bool = False
    ambiguity: bool = False

    def __bool__(self) -> bool:
        return self.files or self.ambiguity


NOTHING_WANTED = Wanted()


class Finder(Protocol):
    """What finds the parts, and knows at the end what they are called."""

    anomalies: dict[str, None]
    cut_off: str | None

    @property
    def labels(self) -> Sequence[Label]:
        """All names and types that any program goes by."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A part of which it is to be seen whether all programs show it, and its `gist`."""

    part: FoundPart
    gist: bytes
    is_raw: bool


class Attached:
    """Collects what is attached to a message, part by part.

    Args:
        message: Its bytes.
        wanted: What is asked for.
        turn: Entered while an archive is looked into.
    """

    def __init__(self, message: Octets, wanted: Wanted, turn: Turn = nullcontext) -> None:
        self._message = message
        self._wanted = wanted
        self._archives = ArchiveListing(turn=turn)
        self._parts: dict[str, FoundPart] = {}
        self._inner: list[AttachedFile] = []
        self._claimed: list[_Claimed] = []
        self._broken_off: tuple[str, ...] = ()

    def add(self, part: Part) -> None:
        """Take a part."""
        found = part.found
        if self._wanted.files:
            self._parts[part.sha256] = found
            for file in self._archives.files_in(part.data, part.names):
                kinds = (file.kind,) if file.kind else ()
                self._inner.append(AttachedFile(file.names, kinds, found, file.within))
        if self._wanted.ambiguity and _is_file(found):
            is_raw = not part.reading and base64.looks_encoded(part.content)
            self._claimed.append(_Claimed(found, gist(part.data), is_raw))

    def break_off(self, reason: str) -> None:
        """Note why there will be no more parts, though the message may have some."""
        if self._wanted.files:
            self._broken_off = (reason,)

    def contents(self, extractor: Finder) -> Contents:
        """Return all of it, once the extractor gave its last part."""
        files = tuple(self._files(extractor)) if self._wanted.files else ()
        unlisted = self._broken_off + tuple(self._archives.unlisted)
        if self._wanted.files and extractor.cut_off is not None:
            unlisted += (extractor.cut_off,)
        return Contents(files, self._disputed(), unlisted, tuple(extractor.anomalies))

    def _files(self, extractor: Finder) -> list[AttachedFile]:
        files = []
        for label in extractor.labels:
            part = self._parts.get(label.sha256) or FoundPart(
                label.path, tuple(label.names), next(iter(label.kinds), ""), "", 0, label.sha256
            )
            detected = (part.detected,) if part.detected else ()
            files.append(AttachedFile(tuple(label.names), (*label.kinds, *detected), part))
        return files + self._inner

    def _disputed(self) -> tuple[FoundPart, ...]:
        """Return the files that not all programs show.

        What stands in an encoding is shown as it stands by those who do not decode it. That is no
        file to dispute about, where all who matter decode it, or where it looks so.
        """
        if not self._claimed:
            return ()
        agreed = shown_by_both(self._message[:], self._meter)
        decoded = {one.part.path for one in self._claimed if one.gist in agreed}
        disputed = (
            one.part
            for one in self._claimed
            if one.gist not in agreed
            and not one.is_raw
            and not (one.part.path in decoded and not one.part.reading)
        )
        return tuple(disputed)[:_MAX_DISPUTED]

    def _meter(self) -> Meter:
        return Meter(Limits(seconds=_SECONDS), len(self._message))


def _is_file(part: FoundPart) -> bool:
    """Whether a part is more than the text of the message."""
    return bool(part.names or part.detected) or not part.declared.startswith(_TEXTS)
