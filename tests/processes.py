"""What the kernel says of a process and of all that descend from it (proc(5))."""

from __future__ import annotations

import contextlib
import select
from collections.abc import Iterator
from pathlib import Path


def status_of(pid: int, field: str) -> str:
    """Return a field of a process's status."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return value.strip()
    raise AssertionError(f"process {pid} has no {field}")


def memory(pid: int, field: str) -> int:
    """Return VmRSS (what it has) or VmHWM (the most it had) in KiB."""
    return int(status_of(pid, field).removesuffix("kB"))


def reset_peak(pid: int) -> None:
    """Have VmHWM begin again at what there is now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def descriptors(pid: int) -> int:
    """Return how many descriptors it has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def links(pid: int) -> list[str]:
    """Return what its descriptors are, as the kernel names it: `socket:[4711]`."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has been closed since
            found.append(str(entry.readlink()))
    return found


def connections_by(pid: int) -> int:
    """Return how many connections a worker has, by the unix socket that it accepts from."""
    table = Path(f"/proc/{pid}/net/unix")
    # Twice: a row is left out where another one of the machine goes while the table is read.
    rows = [row.split() for _ in range(2) for row in table.read_text().splitlines()]
    ours = {row[6] for row in rows if len(row) > 7 and "/.clamgate." in row[7]}
    return sum(1 for link in links(pid) if link[8:-1] in ours) - 1  # one listens


def children(pid: int) -> list[int]:
    """Return its children, zombies included."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    return []


def title(pid: int) -> str:
    """Return what ps shows of it, empty for a zombie."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0")
    return command.replace(b"\0", b" ").decode()


def titled(pid: int, beginning: str) -> list[int]:
    """Return those children whose title begins so."""
    found = []
    for child in children(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if title(child).startswith(beginning):
                found.append(child)
    return found


def has_ended(pidfd: int) -> bool:
    """Whether the process that a descriptor of pidfd_open(2) stands for has ended."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(0))


def tree(pid: int) -> Iterator[int]:
    """Yield it and all that descend from it."""
    yield pid
    for child in children(pid):
        yield from tree(child)
