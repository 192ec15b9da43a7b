"""What the master tells the exporter when it is asked: how things are now, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class ClamdFigures:
    """A clamd, as the workers see it.

    Attributes:
        up, down: How many workers reach it, and how many do not.
        version: What it says of itself, empty if no worker reaches it.
        in_use: How many messages it has from us.
        reason: Why it is down, for a worker that does not reach it.
    """

    up: int = 0
    down: int = 0
    version: str = ""
    in_use: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """The filter at a moment.

    Attributes:
        accepting: Whether it takes connections, for all it knows.
        stopping: Whether it has been told to stop.
        workers: How many there are, by state.
        processes: The serial numbers of all workers that have not ended.
        restarts: How often a worker was replaced, other than by a reload.
        reloads: How many were asked for, by outcome (``done``, ``refused``).
        generation: The number of the conf in force.
        connections: Open ones, from MTAs.
        in_flight: Messages that have begun and not ended.
        waiting: Those that stand in line for a clamd.
        spool_memory, spool_disk: Bytes that messages take.
        clamds: By socket.
        quarantine: How many messages are stored, and their bytes on disk; None without.
        memory: Bytes of resident memory, by kind of process.
    """

    accepting: bool = False
    stopping: bool = False
    workers: Mapping[str, int] = field(default_factory=dict)
    processes: tuple[int, ...] = ()
    restarts: int = 0
    reloads: Mapping[str, int] = field(default_factory=dict)
    generation: int = 0
    connections: int = 0
    in_flight: int = 0
    waiting: int = 0
    spool_memory: int = 0
    spool_disk: int = 0
    clamds: Mapping[str, ClamdFigures] = field(default_factory=dict)
    quarantine: tuple[int, int] | None = None
    memory: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    def without(self, unreachable: Mapping[str, str]) -> Figures:
        """Return the same, but with these clamds down, for these reasons."""
        clamds = {
            name: replace(one, up=0, down=one.up + one.down, version="", reason=unreachable[name])
            if name in unreachable
            else one
            for name, one in self.clamds.items()
        }
        return replace(self, clamds=clamds)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Figures:
        """Return what `to_json` made plain."""
        clamds = {name: ClamdFigures(**one) for name, one in data["clamds"].items()}
        quarantine = data["quarantine"] and tuple(data["quarantine"])
        processes = tuple(data["processes"])
        return cls(**{**data, "clamds": clamds, "quarantine": quarantine, "processes": processes})
