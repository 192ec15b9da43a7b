"""How the cost grows: with idle connections, with size, with workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median

from bench import processes
from bench.contestants import C_MILTER, OURS, Contestant, bare_clamd, clamav_milter, clamgate
from bench.load import LoadError, MilterLoad, Turns, load_of
from bench.messages import KIB, MIB, TEXT_1K, Kind, template
from bench.rounds import Cell, Effort, compare, measure
from bench.tables import comparison, mib, table
from clamgate.config.directives import TABLE
from clamgate.harness.client import MilterClient
from clamgate.harness.link import FilterGoneError
from clamgate.harness.mail import Peer
from clamgate.harness.private_clamd import PrivateClamd

_BUSY = 8
_WAIT = 600.0


def idle_memory(clamd: PrivateClamd) -> int:
    """Return the resident bytes of a worker that has had some mail, and is idle."""
    with clamgate(clamd) as ours:
        return max(processes.memory([pid]).resident for pid in processes.trees(ours.pids))


def idle_connections(
    clamd: PrivateClamd, tokens: Iterator[bytes], counts: Sequence[int], seconds: float
) -> str:
    """Show what connections cost that are open and idle, while 8 others are busy."""
    rows = []
    for start, name in ((clamav_milter, C_MILTER), (clamgate, OURS)):
        for count in counts:
            label = f"{name}, {count} idle"
            try:
                with start(clamd) as contestant, _open(contestant, count):
                    load = MilterLoad(contestant.socket, template(TEXT_1K))
                    load.run(_BUSY, Turns(tokens, _WAIT, 2 * _BUSY))
                    found = measure(contestant, clamd, load, _BUSY, Turns(tokens, seconds))
                    memory = processes.memory(processes.trees(contestant.pids)).resident
            except (OSError, FilterGoneError, LoadError) as error:
                rows.append((label, f"fails: {error}", "-", "-"))
            else:
                rate = f"{found.rate:.1f}"
                rows.append((label, rate, f"{found.cpu * 1e6:.0f}", mib(memory)))
    head = ("1 KiB text, 8 busy connections", "msg/s", "cpu us", "resident MiB")
    return table(head, rows)


def sizes(clamd: PrivateClamd, tokens: Iterator[bytes], wanted: Sequence[int], repeat: int) -> str:
    """Show what attachments of these sizes (bytes) cost; each time with filters just started."""
    rows = []
    for size in wanted:
        kind = Kind(_written(size), size, attached=True)
        with ExitStack() as stack:
            running = [stack.enter_context(start(clamd)) for start in _ALL]
            for contestant in running:
                load = load_of(contestant.socket, template(kind), bare=not contestant.pids)
                found = measure(contestant, clamd, load, 1, Turns(tokens, _WAIT, repeat))
                rows.append(
                    (
                        f"{kind.name}, {contestant.name}",
                        f"{median(found.latencies) * 1000:.1f}",
                        f"{found.cpu * 1e3:.1f}" if contestant.pids else "-",
                        mib(found.peak) if contestant.pids else "-",
                    )
                )
    return table(("attachment, 1 connection", "ms", "cpu ms", "peak MiB"), rows)


_ALL = (bare_clamd, clamav_milter, clamgate)


def workers(
    clamd: PrivateClamd, tokens: Iterator[bytes], counts: Sequence[int], effort: Effort
) -> str:
    """Compare numbers of workers, if this clamgate can have several."""
    if not any(directive.name == "Workers" for directive in TABLE):
        return "this clamgate has no directive Workers"
    with ExitStack() as stack:
        contestants = [
            stack.enter_context(clamgate(clamd, f"Workers {count}\n", f"{count} workers"))
            for count in counts
        ]
        cell = Cell(TEXT_1K, _BUSY)
        return comparison(cell, compare(cell, clamd, contestants, tokens, effort))


@contextmanager
def _open(contestant: Contestant, count: int) -> Iterator[None]:
    """Hold so many connections open on which a client has greeted."""
    with ExitStack() as stack:
        for _ in range(count):
            client = stack.enter_context(MilterClient(contestant.socket))
            client.greet(Peer())
        yield


def _written(size: int) -> str:
    return f"{size // MIB} MiB" if size >= MIB else f"{size // KIB} KiB"
