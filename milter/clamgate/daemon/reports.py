"""What the master and its workers tell each other, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any


class Order(Enum):
    """What the master tells a worker to do."""

    DRAIN = "drain"
    """Take no more connections, and leave when the last one has ended (or DrainTimeout)."""
    STOP = "stop"
    """Take no more connections, finish the messages in flight (or StopTimeout), and leave."""
    QUIT = "quit"
    """Leave at once."""


@dataclass(frozen=True, slots=True)
class ClamdView:
    """What a worker knows of a clamd: whether it is up, and its version, or why it is down."""

    up: bool
    text: str


@dataclass(frozen=True, slots=True)
class Load:
    """What a worker has in hand.

    Attributes:
        spool_memory: Bytes that messages take in memory.
        spool_disk: Bytes that they take in files.
        in_use: How many each clamd has, by name.
        waiting: How many stand in line for a clamd.
    """

    spool_memory: int = 0
    spool_disk: int = 0
    in_use: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """How a worker is. It sends one only after its libmilter has answered a probe.

    Attributes:
        connections: Open ones, from MTAs.
        in_flight: Messages that have begun and not ended.
        messages: Those that reached their end, in all.
        leaving: The order it is following, None while it serves.
        clamds: What it knows of each, by name.
        load: What it has in hand.
    """

    connections: int = 0
    in_flight: int = 0
    messages: int = 0
    leaving: Order | None = None
    clamds: Mapping[str, ClamdView] = field(default_factory=dict)
    load: Load = field(default_factory=Load)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "connections": self.connections,
            "in_flight": self.in_flight,
            "messages": self.messages,
            "leaving": self.leaving.value if self.leaving else None,
            "clamds": {name: [view.up, view.text] for name, view in self.clamds.items()},
            "load": asdict(self.load),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        """Return what `to_json` made plain."""
        return cls(
            connections=data["connections"],
            in_flight=data["in_flight"],
            messages=data["messages"],
            leaving=Order(data["leaving"]) if data["leaving"] else None,
            clamds={name: ClamdView(up, text) for name, (up, text) in data["clamds"].items()},
            load=Load(**data["load"]),
        )
