from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

import pytest

from clamgate.daemon.errors import StartError
from clamgate.daemon.metrics_folder import make_metrics_folder
from clamgate.daemon.privileges import Account

LONG_AGO = 1e9


def test_it_is_for_its_owner_alone_and_goes_with_what_is_in_it(tmp_path: Path) -> None:
    folder = make_metrics_folder(str(tmp_path), "", None)
    assert folder.path == folder.outside
    assert stat.S_IMODE(folder.outside.stat().st_mode) == 0o700
    (folder.path / "counter_1.db").write_bytes(b"x")
    folder.remove()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give folders away")
def test_it_belongs_to_who_workers_become(tmp_path: Path) -> None:
    folder = make_metrics_folder(str(tmp_path), "", Account("x", 12345, 23456))
    status = folder.outside.stat()
    assert (status.st_uid, status.st_gid) == (12345, 23456)
    folder.remove()


def test_with_chroot_it_has_two_names(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    folder = make_metrics_folder("/spool", str(tmp_path), None)
    assert folder.outside.parent == tmp_path / "spool"
    assert folder.path == Path("/spool", folder.outside.name)
    folder.remove()


def test_what_a_killed_filter_left_is_removed_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    left, used, young, link = (tmp_path / f"clamgate-metrics-{n}" for n in "abcd")
    for path in (left, used, young):
        path.mkdir()
    (left / "counter_1.db").write_bytes(b"x")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link.symlink_to(elsewhere)
    for path in (left, used, elsewhere):
        os.utime(path, (LONG_AGO, LONG_AGO))
    lock = os.open(used, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    folder = make_metrics_folder(str(tmp_path), "", None)
    assert set(tmp_path.iterdir()) == {used, young, link, elsewhere, folder.outside}
    folder.remove()
    os.close(lock)


def test_where_it_cannot_be_made_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=f"TemporaryDirectory {tmp_path}/none: cannot make a fol"):
        make_metrics_folder(f"{tmp_path}/none", "", None)
