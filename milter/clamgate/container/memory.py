"""What a memory limit means for the services: pure arithmetic, and where the limit is read.

A clamd that reloads holds two copies of the database for a while (ConcurrentDatabaseReload), and a
freshclam that tests a new one holds another (TestDatabases). Spooled mail counts too, in memory and
on a tmpfs alike.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from clamgate.core.settings import MIB

CGROUP_FILES = (
    "/sys/fs/cgroup/memory.max",  # version 2
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",  # version 1
)
MEMINFO = "/proc/meminfo"

# What all programs take beside the database: clamd's code and caches, freshclam, the filter, this.
OVERHEAD = 160 * MIB
MOST_SPOOL = 128 * MIB  # the directive's default
_LEAST_SPOOL = MIB
_SPOOL_SHARE = 4  # of what is left
_TOTAL = re.compile(r"^MemTotal:\s+([0-9]+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Memory:
    """How much there is, and how much one copy of the database takes (bytes).

    Attributes:
        limit: What all processes may take together; None if that is not known.
        database: One copy in memory, as estimated; 0 where clamd does not run here.
    """

    limit: int | None
    database: int

    def holds(self, copies: int) -> bool:
        """Whether so many copies of the database fit at the same time, with all the rest."""
        return self.limit is None or self.limit >= copies * self.database + OVERHEAD

    @property
    def spool(self) -> int:
        """What MaxSpoolMemory should be: a share of what the database leaves."""
        if self.limit is None:
            return MOST_SPOOL
        copies = 2 if self.holds(2) else 1
        left = self.limit - copies * self.database - OVERHEAD // 2
        share = left // _SPOOL_SHARE // MIB * MIB
        return max(_LEAST_SPOOL, min(MOST_SPOOL, share))


def memory_limit(limit_files: Iterable[str] = CGROUP_FILES, meminfo: str = MEMINFO) -> int | None:
    """Return the smallest of the control group's limit and the machine's memory, in bytes.

    Both versions of control groups are looked at; within a container, its own group is at the root.
    """
    found = [int(match[1]) * 1024 for match in _TOTAL.finditer(_text(meminfo))]
    for path in limit_files:
        text = _text(path).strip()
        if text.isdecimal():  # version 2 says "max" if there is none, version 1 a huge number
            found.append(int(text))
    return min(found, default=None)


def in_words(count: int) -> str:
    """Return a number of bytes for people."""
    gib = 1024 * MIB
    return f"{count / gib:.1f} GiB" if count >= gib else f"{count / MIB:.0f} MiB"


def _text(path: str) -> str:
    with contextlib.suppress(OSError):
        return Path(path).read_text(encoding="ascii", errors="replace")
    return ""
