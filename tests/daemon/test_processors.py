from __future__ import annotations

import os
from pathlib import Path

import pytest

from clamgate.daemon.processors import usable

HERE = len(os.sched_getaffinity(0))


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture(autouse=True)
def eight_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))


def test_without_control_groups_affinity_alone_counts(tmp_path: Path) -> None:
    assert usable(tmp_path) == 8


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("max 100000", 8),
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("10000 100000", 1),
        ("9900000 100000", 8),
        ("nonsense", 8),
    ],
)
def test_version_2(tmp_path: Path, limit: str, expected: int) -> None:
    root = write(
        tmp_path, {"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": f"{limit}\n"}
    )
    assert usable(root) == expected


def test_the_narrowest_of_all_groups_above_counts(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/a/b\n",
            "sys/fs/cgroup/a/b/cpu.max": "400000 100000\n",
            "sys/fs/cgroup/a/cpu.max": "300000 100000\n",
            "sys/fs/cgroup/cpu.max": "max 100000\n",
        },
    )
    assert usable(root) == 3


@pytest.mark.parametrize("folder", ["cpu,cpuacct/docker/x", "cpu,cpuacct", "cpu"])
def test_version_1_where_the_group_is_and_where_a_container_sees_it(
    tmp_path: Path, folder: str
) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "5:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n",
            f"sys/fs/cgroup/{folder}/cpu.cfs_quota_us": "250000\n",
            f"sys/fs/cgroup/{folder}/cpu.cfs_period_us": "100000\n",
        },
    )
    assert usable(root) == 3


def test_version_1_without_a_limit(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "4:cpu:/\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
    )
    assert usable(root) == 8


def test_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert 1 <= usable() <= HERE
