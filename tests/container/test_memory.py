from __future__ import annotations

from pathlib import Path

import pytest

from clamgate.container.memory import OVERHEAD, Memory, in_words, memory_limit
from clamgate.core.settings import MIB

GIB = 1024 * MIB


def test_without_a_limit_everything_fits() -> None:
    memory = Memory(None, 2 * GIB)
    assert memory.holds(2)
    assert memory.spool == 128 * MIB


def test_how_many_copies_of_the_database_fit() -> None:
    assert Memory(2 * GIB + OVERHEAD, GIB).holds(2)
    assert not Memory(2 * GIB + OVERHEAD - 1, GIB).holds(2)
    assert Memory(2 * GIB, GIB).holds(1)
    assert not Memory(GIB, GIB).holds(1)


@pytest.mark.parametrize(
    ("limit", "database", "spool"),
    [
        (4 * GIB, GIB, 128 * MIB),  # the most
        (256 * MIB, 0, 44 * MIB),  # a filter by itself
        (GIB + 200 * MIB, GIB, 30 * MIB),  # a quarter of what one copy leaves
        (GIB, GIB, MIB),  # the least that the directive takes
    ],
)
def test_mail_at_hand_gets_a_share_of_what_is_left(limit: int, database: int, spool: int) -> None:
    assert Memory(limit, database).spool == spool


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({"v2": "536870912\n"}, 512 * MIB),
        ({"v2": "max\n"}, GIB),
        ({"v1": "268435456\n"}, 256 * MIB),
        ({"v1": "9223372036854771712\n"}, GIB),
        ({}, GIB),
    ],
)
def test_the_limit_is_read_from_both_versions_of_control_groups(
    tmp_path: Path, files: dict[str, str], limit: int
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "meminfo").write_text("MemTotal:        1048576 kB\nMemFree:  5 kB\n")
    paths = [str(tmp_path / name) for name in ("v2", "v1")]
    assert memory_limit(paths, str(tmp_path / "meminfo")) == limit


def test_no_limit_is_known_where_nothing_can_be_read(tmp_path: Path) -> None:
    assert memory_limit([str(tmp_path / "none")], str(tmp_path / "nothing")) is None


def test_sizes_in_words() -> None:
    assert in_words(1300 * MIB) == "1.3 GiB"
    assert in_words(64 * MIB) == "64 MiB"
