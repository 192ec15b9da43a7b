"""What `docker run IMAGE ...` asks for: the services, clamd alone, or any other program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

# Options of clamd and clamscan with which they end at once, and need no database.
_NO_SCAN = frozenset({"-h", "--help", "-V", "--version"})


@dataclass(frozen=True, slots=True)
class Services:
    """Run what the environment switches on, until told to stop."""


@dataclass(frozen=True, slots=True)
class Command:
    """Run this instead, and end with its exit status.

    Attributes:
        words: Program and arguments.
        needs_database: Whether it scans with the image's own database.
    """

    words: tuple[str, ...]
    needs_database: bool


def read_arguments(words: Sequence[str], clamd_conf: str) -> Services | Command:
    """Return what is asked for.

    Args:
        words: All that stands after the image's name.
        clamd_conf: The conf that clamd is given if the words name none.
    """
    if not words:
        return Services()
    if words[0].startswith("-"):
        own = any(_is_option(word, "c", "config-file") for word in words)
        conf = () if own else (f"--config-file={clamd_conf}",)
        return Command(("clamd", *conf, *words), _scans(words) and not _elsewhere(words, ""))
    program = PurePath(words[0]).name
    rest = words[1:]
    needs = program == "clamscan" and _scans(rest) and not _elsewhere(rest, "d")
    return Command(tuple(words), needs)


def _scans(words: Sequence[str]) -> bool:
    return not _NO_SCAN.intersection(words)


def _elsewhere(words: Sequence[str], short: str) -> bool:
    """Whether a database is named: clamd calls its place ``datadir``, clamscan ``database``."""
    return any(_is_option(word, short, "database") or _is_datadir(word) for word in words)


def _is_datadir(word: str) -> bool:
    return _is_option(word, "", "datadir")


def _is_option(word: str, short: str, long: str) -> bool:
    if short and word.startswith(f"-{short}"):
        return True
    return word == f"--{long}" or word.startswith(f"--{long}=")
