"""What a program and all its descendants take: processor time and memory, from /proc (proc(5))."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")
_KIB = 1024

# Fields of /proc/PID/stat, counted from the state, which follows the name in parentheses.
_PARENT, _TIMES = 1, slice(11, 15)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of all processes of a tree.

    Attributes:
        resident: Now (VmRSS), summed: what they share counts once for each.
        proportional: Now (Pss): what they share is divided among them.
        peak: The most that each had since `forget_peak` (VmHWM), summed.
    """

    resident: int
    proportional: int
    peak: int


def trees(roots: Iterable[int]) -> list[int]:
    """Return the process ids of these processes and all their descendants."""
    parents = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                parents[int(entry.name)] = int(_stat(int(entry.name))[_PARENT])
    found = list(roots)
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the processor time of these processes and of their children that are gone."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += sum(map(int, _stat(pid)[_TIMES]))
    return total / _TICK


def memory(pids: Iterable[int]) -> Memory:
    """Return the memory that these processes take: none, if one has ended and is still known."""
    resident = proportional = peak = 0
    for pid in pids:
        with suppress(OSError, KeyError):
            status = _fields(pid, "status")
            resident += status["VmRSS"]
            peak += status["VmHWM"]
            proportional += _fields(pid, "smaps_rollup")["Pss"]
    return Memory(resident, proportional, peak)


def forget_peak(pids: Iterable[int]) -> None:
    """Let the peaks begin at what is resident now."""
    for pid in pids:
        with suppress(OSError):
            (_PROC / str(pid) / "clear_refs").write_text("5")


def _stat(pid: int) -> list[str]:
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _fields(pid: int, name: str) -> dict[str, int]:
    """Return the sizes in a file of lines such as ``VmRSS:  1234 kB``, in bytes."""
    lines = (line.split() for line in (_PROC / str(pid) / name).read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) * _KIB for words in lines if words[-1:] == ["kB"]}
