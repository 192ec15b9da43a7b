from __future__ import annotations

import os
from pathlib import Path

import pytest

from clamgate.container.database import read_database


@pytest.mark.parametrize("name", ["main.cvd", "main.cld", "daily.CLD", "mine.ndb", "a.yara"])
def test_what_clamd_loads_is_a_database(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert read_database(str(tmp_path)).present


@pytest.mark.parametrize("name", ["freshclam.dat", "main.cvd.tmp", "mine.ign2", "x.fp", "README"])
def test_other_files_are_none(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert not read_database(str(tmp_path)).present


def test_an_empty_file_a_folder_and_a_missing_folder_are_none(tmp_path: Path) -> None:
    (tmp_path / "main.cvd").touch()
    assert not read_database(str(tmp_path)).present
    assert not read_database(str(tmp_path / "missing")).present
    assert read_database(str(tmp_path / "missing")).made is None


def test_its_age_is_that_of_its_newest_part_by_the_time_in_its_header(tmp_path: Path) -> None:
    header = "ClamAV-VDB:24 Nov 2026 09-26 +0000:27800:2000000:90:md5:dsig:builder:1795512360"
    (tmp_path / "daily.cvd").write_bytes(header.encode().ljust(512) + b"rest")
    (tmp_path / "old.ndb").write_bytes(b"x")
    os.utime(tmp_path / "old.ndb", (1000, 1000))
    assert read_database(str(tmp_path)).made == 1795512360
    os.utime(tmp_path / "old.ndb", (1795600000, 1795600000))
    assert read_database(str(tmp_path)).made == 1795600000


def test_a_container_without_a_header_counts_from_when_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "daily.cld").write_bytes(b"ClamAV-VDB:broken")
    os.utime(tmp_path / "daily.cld", (5000, 5000))
    assert read_database(str(tmp_path)).made == 5000


def test_how_much_memory_it_takes_is_estimated_by_kind(tmp_path: Path) -> None:
    for name in ("main.cvd", "daily.cld", "own.ldb", "own.hdb"):
        (tmp_path / name).write_bytes(bytes(1000))
    assert read_database(str(tmp_path)).in_memory == 1000 * (6 + 3 + 40 + 5)
