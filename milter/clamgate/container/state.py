"""What the supervisor tells `clamgate health`: a small file in the run folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from clamgate.container.layout import write_file

FILE = "state.json"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One service.

    Attributes:
        phase: Where it stands, for people.
        pid: Its process, 0 if it does not run.
        socket: Where it is to be asked, as a conf has it; empty if it cannot be asked.
    """

    phase: str
    pid: int = 0
    socket: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """The whole container.

    Attributes:
        program: What was run in place of the services, empty if they are.
        services: Those that are switched on, by name.
        database: The folder with the database, empty if nothing here uses one.
    """

    program: str = ""
    services: dict[str, ServiceState] = field(default_factory=dict)
    database: str = ""


def write_state(folder: Path, state: State) -> None:
    """Write it.

    Raises:
        ContainerError: It cannot be written.
    """
    write_file(folder / FILE, json.dumps(asdict(state), indent=1).encode(), 0o644)


def read_state(folders: Iterable[str]) -> State | None:
    """Read it from the first folder that has it, None if none has."""
    for folder in folders:
        try:
            found = json.loads((Path(folder) / FILE).read_bytes())
        except (OSError, ValueError):
            continue
        services = {name: ServiceState(**one) for name, one in found["services"].items()}
        return State(found["program"], services, found["database"])
    return None
