"""What the kernel says of a process (proc(5))."""

from __future__ import annotations

from pathlib import Path


def memory(pid: int, field: str) -> int:
    """Return VmRSS (what it has) or VmHWM (the most it had) in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.removesuffix("kB"))
    raise AssertionError(f"process {pid} has no {field}")


def reset_peak(pid: int) -> None:
    """Have VmHWM begin again at what there is now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def descriptors(pid: int) -> int:
    """Return how many descriptors it has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def children(pid: int) -> list[str]:
    """Return the name and state of each child, zombies included."""
    pids = [
        child
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [Path(f"/proc/{child}/stat").read_text().partition(" ")[2][:40] for child in pids]
