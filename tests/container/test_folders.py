from __future__ import annotations

import os
from pathlib import Path

import pytest

from clamgate.container.errors import ContainerError
from clamgate.container.folders import make_socket_folder, make_writable

OWNER = "nobody"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")


def owner_of(folder: Path) -> int:
    return folder.stat().st_uid


def test_a_socket_folder_that_is_missing_is_made_for_the_service(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "clamav"
    make_socket_folder(folder, OWNER)
    assert folder.owner() == OWNER


def test_one_that_docker_has_made_is_given_to_the_service(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    folder.mkdir(mode=0o755)
    make_socket_folder(folder, OWNER)
    assert folder.owner() == OWNER


@pytest.mark.parametrize(("owner", "mode"), [(0, 0o1777), (1234, 0o777)])
def test_one_that_the_service_can_write_to_is_left_alone(
    tmp_path: Path, owner: int, mode: int
) -> None:
    os.chown(tmp_path, owner, owner)
    tmp_path.chmod(mode)
    make_socket_folder(tmp_path, OWNER)
    assert owner_of(tmp_path) == owner


def test_files_that_another_replaces_meanwhile_are_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another container's freshclam, with the same volume."""
    (tmp_path / "daily.cvd").touch()
    files = [tmp_path / "gone.cvd", tmp_path / "daily.cvd"]
    monkeypatch.setattr(Path, "iterdir", lambda _: iter(files))
    monkeypatch.setattr(Path, "is_file", lambda _: True)
    assert make_writable(tmp_path, OWNER) is None
    assert [one.owner() for one in (tmp_path, files[1])] == [OWNER, OWNER]


def test_somebody_elses_is_not_taken(tmp_path: Path) -> None:
    os.chown(tmp_path, 1234, 1234)
    with pytest.raises(ContainerError, match=r"nobody cannot make a socket .* user 1234's"):
        make_socket_folder(tmp_path, OWNER)
    assert owner_of(tmp_path) == 1234


def test_a_user_that_there_is_not_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContainerError, match="give it to nosuchuser"):
        make_socket_folder(tmp_path, "nosuchuser")
