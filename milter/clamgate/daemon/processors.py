"""How many processors this process may use, by its affinity and its control group's quota."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path


def usable(root: Path = Path("/")) -> int:
    """Return how many there are for us, at least 1.

    Args:
        root: Where /proc and /sys are.
    """
    quotas = [quota for quota in _quotas(root) if quota > 0]
    return max(1, min(len(os.sched_getaffinity(0)), *map(math.ceil, quotas), 1 << 16))


def _quotas(root: Path) -> Iterator[float]:
    """Yield the quota of our group and of each one it is in, in processors.

    A container sees its own group as the root of the tree, while /proc may name the path outside.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            for group in _upwards(root / "sys/fs/cgroup", path):
                yield _quota_of_v2(group)
        elif "cpu" in controllers.split(","):
            for name in (controllers, "cpu"):
                for group in _upwards(root / "sys/fs/cgroup" / name, path):
                    yield _quota_of_v1(group)


def _upwards(mount: Path, path: str) -> Iterator[Path]:
    group = mount / path.lstrip("/")
    while group != mount:
        yield group
        group = group.parent
    yield mount


def _quota_of_v2(group: Path) -> float:
    """Read ``cpu.max``: microseconds (or ``max``) in each period of microseconds."""
    quota, _, period = _read(group / "cpu.max").partition(" ")
    return _ratio(quota, period)


def _quota_of_v1(group: Path) -> float:
    return _ratio(_read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us"))


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _ratio(quota: str, period: str) -> float:
    """Return quota / period; 0 if there is no quota."""
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() else 0.0
