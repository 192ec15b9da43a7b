"""Which files there are to replay: what was named, and what lies in the folders that were."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that holds one mail or several.

    Attributes:
        path: Its name; `STDIN` is standard input.
        size: In bytes; None if that is unknown (a pipe).
        single: Whether it is known to be one mail, whatever it looks like.
    """

    path: str
    size: int | None
    single: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be replayed, and why."""

    name: str
    reason: str


@dataclass(slots=True)
class Found:
    """What the paths lead to.

    Attributes:
        sources: Each file once, in the order of the paths, and by name within a folder.
        problems: What cannot be looked into.
        duplicates: How often a path led to what was found before.
    """

    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    duplicates: int = 0

    @property
    def size(self) -> int | None:
        """Bytes of it all, None if that is unknown."""
        sizes = [source.size for source in self.sources]
        return None if None in sizes else sum(size or 0 for size in sizes)


def find(paths: Iterable[str]) -> Found:
    """Look at each path: a file, or a folder with all that is in it.

    In a Maildir (a folder with ``cur`` and ``new``) mail lies in these two, and in the folders in
    it but ``tmp``. Names that begin with a dot are left out in any folder, but for a Maildir's own
    folders. Symbolic links are followed, a folder is entered once, and a file is taken once.
    """
    search = _Search()
    for path in paths:
        search.named(path)
    return search.found


class _Search:
    def __init__(self) -> None:
        self.found = Found()
        self._seen: set[tuple[int, int]] = set()

    def named(self, name: str) -> None:
        if name == STDIN:
            self._take((0, 0), Source(STDIN, None))
            return
        path = Path(name)
        facts = self._facts(path)
        if facts is None:
            return
        if stat.S_ISDIR(facts.st_mode):
            self._folder(path, facts)
        else:
            # Pipes may be named (<(zcat old.mbox.gz)), and are read as they come.
            size = facts.st_size if stat.S_ISREG(facts.st_mode) else None
            self._take(_identity(facts), Source(name, size, single=path.suffix == ".eml"))

    def _folder(self, path: Path, facts: os.stat_result, *, of_mail: bool = False) -> None:
        if self._is_known(_identity(facts)):
            return
        try:
            entries = sorted(path.iterdir())
        except OSError as error:
            self._problem(path, error)
            return
        maildir = not of_mail and _is_maildir(path)
        for entry in entries:
            if maildir:
                self._in_maildir(entry)
            elif not entry.name.startswith("."):
                self._in_folder(entry, of_mail=of_mail)

    def _in_maildir(self, path: Path) -> None:
        """Take the mail folders of a Maildir; the files beside them belong to its server."""
        if path.name == "tmp" or not path.is_dir():
            return
        facts = self._facts(path)
        if facts is not None and (not path.name.startswith(".") or _is_maildir(path)):
            self._folder(path, facts, of_mail=path.name in {"cur", "new"})

    def _in_folder(self, path: Path, *, of_mail: bool) -> None:
        facts = self._facts(path)
        if facts is None:
            return
        if stat.S_ISDIR(facts.st_mode):
            self._folder(path, facts)
        elif stat.S_ISREG(facts.st_mode):
            single = of_mail or path.suffix == ".eml"
            self._take(_identity(facts), Source(str(path), facts.st_size, single))
        else:
            self.found.problems.append(Problem(str(path), "not a file"))

    def _take(self, identity: tuple[int, int], source: Source) -> None:
        if not self._is_known(identity):
            self.found.sources.append(source)

    def _is_known(self, identity: tuple[int, int]) -> bool:
        if identity in self._seen:
            self.found.duplicates += 1
            return True
        self._seen.add(identity)
        return False

    def _facts(self, path: Path) -> os.stat_result | None:
        try:
            return path.stat()
        except (OSError, ValueError) as error:
            self._problem(path, error)
            return None

    def _problem(self, path: Path, error: Exception) -> None:
        self.found.problems.append(Problem(str(path), f"cannot read it: {why(error)}"))


def why(error: Exception) -> str:
    """Return what a failed system call says, without the path."""
    return getattr(error, "strerror", None) or str(error)


def _identity(facts: os.stat_result) -> tuple[int, int]:
    return facts.st_dev, facts.st_ino


def _is_maildir(path: Path) -> bool:
    return all((path / name).is_dir() for name in ("cur", "new"))
