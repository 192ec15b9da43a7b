"""The comparison itself: round after round, all contestants in turn.

What else the machine does then falls on all of them alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench import processes
from bench.contestants import Contestant
from bench.load import Load, Turns, load_of
from bench.messages import Kind, template
from bench.summaries import Round
from clamgate.harness.private_clamd import PrivateClamd

_WARM_UP = 2
"""Messages on each connection, at most, before those that count."""
_WARM_UP_SECONDS = 0.5
_LEAST = 8
"""Messages that a round has at least, however long they take."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is compared: a kind of message, over so many connections at a time."""

    kind: Kind
    connections: int

    def __str__(self) -> str:
        """Name it in tables."""
        plural = "s" if self.connections > 1 else ""
        return f"{self.kind.name}, {self.connections} connection{plural}"


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is measured: so many rounds, and so many seconds for each contestant in a round."""

    rounds: int
    seconds: float


def compare(
    cell: Cell,
    clamd: PrivateClamd,
    contestants: Sequence[Contestant],
    tokens: Iterator[bytes],
    effort: Effort,
) -> Mapping[str, Sequence[Round]]:
    """Measure all contestants, by name.

    Each round begins with another one, since nobody is to be always the first after a pause.
    """
    loads = [
        (one, load_of(one.socket, template(cell.kind), bare=not one.pids)) for one in contestants
    ]
    found: dict[str, list[Round]] = {one.name: [] for one in contestants}
    for number in range(effort.rounds):
        first = number % len(loads)
        for contestant, load in loads[first:] + loads[:first]:
            load.run(cell.connections, Turns(tokens, _WARM_UP_SECONDS, _WARM_UP * cell.connections))
            turns = Turns(tokens, effort.seconds, least=_LEAST)
            found[contestant.name].append(measure(contestant, clamd, load, cell.connections, turns))
    return found


def measure(
    contestant: Contestant, clamd: PrivateClamd, load: Load, connections: int, turns: Turns
) -> Round:
    """Put a load on a contestant, and see what it takes, and what the clamd behind it takes."""
    pids = processes.trees(contestant.pids)
    scanner = [clamd.pid] if clamd.pid is not None else []
    processes.forget_peak(pids)
    before = processes.cpu_seconds(pids), processes.cpu_seconds(scanner)
    outcome = load.run(connections, turns)
    after = processes.cpu_seconds(pids), processes.cpu_seconds(scanner)
    messages = len(outcome.latencies)
    return Round(
        rate=messages / outcome.seconds,
        latencies=outcome.latencies,
        cpu=(after[0] - before[0]) / messages,
        clamd_cpu=(after[1] - before[1]) / messages,
        peak=processes.memory(pids).peak,
        load_cpu=outcome.cpu / messages,
    )
