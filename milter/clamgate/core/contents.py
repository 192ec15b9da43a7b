"""What is attached to a message, and patterns for that."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from clamgate.core.filenames import forms, tame
from clamgate.core.parts import FoundPart

UNLISTED = "unlisted"
"""The pattern that fits a message of whose archives not all could be listed."""

# Other words for what first bytes show, as people know it from other programs.
_ALIASES = {
    "application/vnd.microsoft.portable-executable": (
        "application/x-msdownload",
        "application/x-dosexec",
        "application/x-msdos-program",
    ),
    "application/x-elf": ("application/x-executable",),
    "application/zip": ("application/x-zip-compressed",),
    "application/vnd.rar": ("application/x-rar-compressed", "application/x-rar"),
    "application/gzip": ("application/x-gzip",),
    "application/x-bzip2": ("application/x-bzip",),
}


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that some mail program shows, or that is in an archive that one shows.

    Attributes:
        names: What it is called, under every reading, as it stands there; with folders in archives.
        kinds: Its media types: declared, under every reading, and what its first bytes show.
        part: The part of the message that it is, or that the outermost archive is.
        within: The archives it is in, outermost first; empty if it is the part itself.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    part: FoundPart
    within: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """What to call it in a reply or a header field: one line, without tricks."""
        name = self.names[0] if self.names else "a file without a name"
        if self.within:
            return tame(f"{name} in {self.within[-1]}")
        return tame(self.names[0]) if self.names else self.part.shown


@dataclass(frozen=True, slots=True)
class Contents:
    """What was found to be attached to a message.

    Attributes:
        files: All files, if names or types were asked for.
        disputed: Those of which some programs show others than the rest do.
        unlisted: Why not all files could be listed, in words; empty if they were, or none were
            asked for.
        anomalies: What programs disagree on, in words; that may make no difference.
        known: What conditions came to, so that each is asked once, however many recipients there
            are: of files there may be thousands.
    """

    files: tuple[AttachedFile, ...] = ()
    disputed: tuple[FoundPart, ...] = ()
    unlisted: tuple[str, ...] = ()
    anomalies: tuple[str, ...] = ()
    known: dict[FileCondition, AttachedFile | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )


NOTHING = Contents()


class FilePattern:
    """A pattern for files: for the type if there is a slash in it, else for the name; no case.

    Args:
        text: As it is written: ``*.exe``, ``application/x-msdownload``, ``video/*``. The word
            ``unlisted`` is for archives that could not be listed.
    """

    __slots__ = ("_regex", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._regex = re.compile(fnmatch.translate(text.casefold()))

    def __repr__(self) -> str:
        return f"FilePattern({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FilePattern) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def fits(self, file: AttachedFile) -> bool:
        """Say whether a file is of this name, under any reading, or of this type."""
        if "/" in self.text:
            kinds = (*file.kinds, *(one for kind in file.kinds for one in _ALIASES.get(kind, ())))
            return any(self._regex.match(kind.casefold()) for kind in kinds)
        return any(map(self.fits_name, file.names))

    def fits_name(self, name: str) -> bool:
        """Say whether it is a pattern for such a name."""
        return any(self._regex.match(form) for form in forms(name))


@dataclass(frozen=True, slots=True)
class FileCondition:
    """Which files a rule is about.

    Attributes:
        patterns: One of them must fit.
        excepted: Files that one of these fits do not count.
    """

    patterns: tuple[FilePattern, ...]
    excepted: tuple[FilePattern, ...] = ()

    def first_in(self, contents: Contents) -> AttachedFile | None:
        """Return the first file that it is about, its first name the one for which that is so."""
        if self not in contents.known:
            contents.known[self] = self._first_of(contents.files)
        return contents.known[self]

    def _first_of(self, files: Iterable[AttachedFile]) -> AttachedFile | None:
        file = next(filter(self._fits, files), None)
        if file is None:
            return None
        names = sorted(file.names, key=lambda name: not self._fits_name(name))
        return replace(file, names=tuple(names))

    def all_in(self, contents: Contents) -> tuple[AttachedFile, ...]:
        """Return every file that it is about."""
        return tuple(filter(self._fits, contents.files))

    def holds(self, contents: Contents) -> bool:
        """Say whether it is about anything there."""
        if contents.unlisted and any(one.text.lower() == UNLISTED for one in self.patterns):
            return True
        return self.first_in(contents) is not None

    def _fits_name(self, name: str) -> bool:
        return any(pattern.fits_name(name) for pattern in self.patterns)

    def _fits(self, file: AttachedFile) -> bool:
        return _any_fits(self.patterns, file) and not _any_fits(self.excepted, file)


def _any_fits(patterns: Iterable[FilePattern], file: AttachedFile) -> bool:
    return any(pattern.fits(file) for pattern in patterns)
