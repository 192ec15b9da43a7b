from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
from pathlib import Path

import pytest
from tests.quarantine.samples import CONTENT, Source, told

from clamgate.quarantine.archive import Archive
from clamgate.quarantine.errors import NotFoundError, QuarantineError
from clamgate.quarantine.record import make_record

RECORD = make_record("261125-0123456789", told(), len(CONTENT))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path)
    archive.prepare()
    return archive


def files(tmp_path: Path) -> list[str]:
    return [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]


def test_a_message_comes_back_byte_for_byte(archive: Archive, tmp_path: Path) -> None:
    size = archive.write(RECORD, Source().chunks())
    assert b"".join(archive.content(RECORD.id)) == CONTENT
    assert archive.record(RECORD.id) == RECORD
    path = tmp_path / "messages" / "261125" / "261125-0123456789.gz"
    assert archive.path(RECORD.id) == path
    assert path.stat().st_size == size == archive.stored_size(RECORD.id)
    assert files(tmp_path) == [str(path.relative_to(tmp_path))]


def test_it_can_be_read_without_us(archive: Archive) -> None:
    archive.write(RECORD, Source().chunks())
    command = ["sh", "-c", 'zcat "$1" | tail -n +2', "sh", str(archive.path(RECORD.id))]
    assert subprocess.run(command, capture_output=True, check=True).stdout == CONTENT


def test_nobody_else_can_read_it(archive: Archive, tmp_path: Path) -> None:
    archive.write(RECORD, Source().chunks())
    for path in tmp_path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_an_empty_message_is_one_too(archive: Archive) -> None:
    archive.write(RECORD, [])
    assert list(archive.content(RECORD.id)) == []


def test_of_one_that_breaks_off_nothing_is_left(archive: Archive, tmp_path: Path) -> None:
    broken = Source(error=OSError(errno.EIO, "the spool is broken"))
    with pytest.raises(OSError, match="the spool is broken"):
        archive.write(RECORD, broken.chunks())
    assert files(tmp_path) == []
    assert list(archive.ids()) == []


def test_ids_are_those_of_the_files(archive: Archive) -> None:
    for message_id in ("261125-b", "261125-a", "261124-c"):
        archive.write(make_record(message_id, told(), 0), [])
    assert sorted(archive.ids()) == ["261124-c", "261125-a", "261125-b"]
    assert archive.has("261124-c")
    archive.remove("261124-c")
    assert sorted(archive.ids()) == ["261125-a", "261125-b"]
    assert not archive.has("261124-c")
    assert not archive.path("261124-c").parent.exists()
    archive.remove("261124-c")


def test_what_is_not_there_is_not_found(archive: Archive) -> None:
    with pytest.raises(NotFoundError, match="261125-x: its file is gone"):
        archive.record("261125-x")
    with pytest.raises(NotFoundError):
        list(archive.content("261125-x"))
    with pytest.raises(NotFoundError):
        archive.stored_size("261125-x")


@pytest.mark.parametrize("harm", ["cut", "flip", "other", "empty"])
def test_damage_is_told(archive: Archive, harm: str) -> None:
    archive.write(RECORD, Source(CONTENT * 100).chunks())
    path = archive.path(RECORD.id)
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        {
            "cut": data[:-5],
            "flip": data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :],
            "other": b"no gzip",
            "empty": b"",
        }[harm]
    )
    with pytest.raises(QuarantineError, match="damaged"):
        list(archive.content(RECORD.id))


def test_what_is_finished_while_it_is_looked_at_is_not_swept(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = tmp_path / "new" / "half"
    half.write_bytes(b"whole by now")
    lock = fcntl.flock

    def finish_before(descriptor: int, how: int) -> None:
        if how & fcntl.LOCK_NB:
            half.rename(tmp_path / "messages" / "whole")
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", finish_before)
    assert archive.sweep() == 0
    assert files(tmp_path) == ["messages/whole"]


def test_a_day_that_is_gone_by_now_has_no_messages(archive: Archive) -> None:
    for message_id in ("261124-a", "261125-b"):
        archive.write(make_record(message_id, told(), 0), [])
    ids = archive.ids()
    assert next(ids) == "261124-a"
    archive.remove("261125-b")
    assert list(ids) == []


def test_sweeping_spares_what_is_being_written(archive: Archive, tmp_path: Path) -> None:
    left, busy = (tmp_path / "new" / name for name in ("left", "busy"))
    left.write_bytes(b"half")
    busy.write_bytes(b"half")
    descriptor = os.open(busy, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        assert archive.sweep() == 1
        assert files(tmp_path) == ["new/busy"]
    finally:
        os.close(descriptor)
    assert archive.sweep() == 1
