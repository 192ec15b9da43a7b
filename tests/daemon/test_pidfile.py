from __future__ import annotations

import os
from pathlib import Path

import pytest

from clamgate.daemon.errors import StartError
from clamgate.daemon.pidfile import PidFile


def test_it_names_this_process_and_goes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    pid_file = PidFile(str(path))
    assert path.read_text() == f"{os.getpid()}\n"
    pid_file.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    victim = tmp_path / "precious"
    victim.write_text("data")
    path = tmp_path / "x.pid"
    path.symlink_to(victim)
    PidFile(str(path))
    assert victim.read_text() == "data"
    assert not path.is_symlink()


def test_a_planted_temporary_name_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "precious"
    victim.write_text("data")
    (tmp_path / f"x.pid.{os.getpid()}").symlink_to(victim)
    PidFile(str(tmp_path / "x.pid"))
    assert victim.read_text() == "data"


def test_another_process_number_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    pid_file = PidFile(str(path))
    path.write_text("1\n")
    pid_file.remove()
    assert path.read_text() == "1\n"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"PidFile .*none/x.pid: cannot write"):
        PidFile(str(tmp_path / "none" / "x.pid"))
