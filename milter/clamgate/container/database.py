"""The folder with the signatures: is there a database, how old is it, how much memory it takes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType

DEFAULT_FOLDER = "/var/lib/clamav"

# What libclamav loads by its ending. cvd, cld and cud are the containers that freshclam fetches.
_CONTAINERS = frozenset({".cvd", ".cld", ".cud"})
_PLAIN = frozenset(
    {
        *(".cbc", ".cdb", ".crb", ".fp", ".gdb", ".hdb", ".hdu", ".hsb", ".hsu", ".idb", ".ign"),
        *(".ign2", ".ldb", ".ldu", ".mdb", ".mdu", ".msb", ".msu", ".ndb", ".ndu", ".pdb", ".sfp"),
        *(".wdb", ".yar", ".yara", ".db", ".ftm", ".cfg", ".imp"),
    }
)
# These say what to leave alone, and find nothing by themselves.
_NO_SIGNATURES = frozenset({".cfg", ".fp", ".ftm", ".ign", ".ign2", ".sfp", ".crb", ".wdb"})

# Bytes in memory for a byte in the file, on the safe side. A .cvd is compressed, the others are
# not; logical signatures are many small objects. Of ClamAV 1.4.6, signatures of the shortest kind
# took: .hsb, .hdb and .mdb 3.0 to 4.9, .ndb 2.3, .ldb 26 to 40 (100 000 of them, and 30 000). That
# of the official containers is estimated.
_GROWTH = MappingProxyType({".cvd": 6, ".cld": 3, ".cud": 3, ".ldb": 40, ".ldu": 40})
_USUAL_GROWTH = 5

_HEADER_BYTES = 512
# ClamAV-VDB:build time:version:signatures:level:md5:dsig:builder:seconds since 1970
_HEADER = re.compile(rb"ClamAV-VDB(?::[^:]*){7}:([0-9]+)")


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """One file of it.

    Attributes:
        name: Its name in the folder.
        size: Bytes.
        made: When it was built, or else written; seconds since 1970.
    """

    name: str
    size: int
    made: float

    @property
    def ending(self) -> str:
        """Return what libclamav goes by."""
        return PurePath(self.name).suffix.lower()


@dataclass(frozen=True, slots=True)
class Database:
    """All of it."""

    files: tuple[DatabaseFile, ...]

    @property
    def present(self) -> bool:
        """Whether clamd can start with it."""
        return any(file.ending not in _NO_SIGNATURES for file in self.files)

    @property
    def official(self) -> bool:
        """Whether it has ClamAV's own main or daily signatures, or those of a private mirror."""
        return any(file.ending in _CONTAINERS for file in self.files)

    @property
    def made(self) -> float | None:
        """When its newest part was built, None if there is none."""
        return max((file.made for file in self.files), default=None)

    @property
    def in_memory(self) -> int:
        """How many bytes of memory one copy takes, estimated."""
        return sum(file.size * _GROWTH.get(file.ending, _USUAL_GROWTH) for file in self.files)


def read_database(folder: str) -> Database:
    """Look into the folder; one that cannot be read is an empty one."""
    return Database(tuple(sorted(_files(folder), key=lambda file: file.name)))


def _files(folder: str) -> Iterator[DatabaseFile]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if PurePath(entry.name).suffix.lower() not in _CONTAINERS | _PLAIN:
            continue
        try:
            status = entry.stat()
            made = _built(Path(entry.path)) or status.st_mtime
        except OSError:  # replaced meanwhile, or not ours to read
            continue
        if status.st_size:
            yield DatabaseFile(entry.name, status.st_size, made)


def _built(path: Path) -> float | None:
    if path.suffix.lower() not in _CONTAINERS:
        return None
    with path.open("rb") as file:
        match = _HEADER.match(file.read(_HEADER_BYTES))
    return float(match[1]) if match else None
