from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from clamgate.message.files import nameless_file, sealed_memory, write_all


def test_a_nameless_file_cannot_be_found_and_is_private(tmp_path: Path) -> None:
    descriptor = nameless_file(str(tmp_path))
    try:
        assert list(tmp_path.iterdir()) == []
        status = os.fstat(descriptor)
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert status.st_nlink == 0
    finally:
        os.close(descriptor)


def test_without_o_tmpfile_it_is_unlinked_at_birth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = os.open

    def no_tmpfile(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return really_open(path, flags, mode)

    monkeypatch.setattr(os, "open", no_tmpfile)
    descriptor = nameless_file(str(tmp_path))
    try:
        assert list(tmp_path.iterdir()) == []
        assert stat.S_IMODE(os.fstat(descriptor).st_mode) == 0o600
    finally:
        os.close(descriptor)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        nameless_file(str(tmp_path / "absent"))


@pytest.mark.parametrize("content", [b"", b"hello\0\xff"])
def test_sealed_memory_holds_its_content_from_offset_zero(content: bytes) -> None:
    descriptor = sealed_memory("clamgate-test", content)
    try:
        assert os.read(descriptor, 100) == content
    finally:
        os.close(descriptor)


def test_sealed_memory_cannot_be_changed_by_anyone() -> None:
    descriptor = sealed_memory("clamgate-test", b"hello")
    try:
        for change in (
            lambda: os.pwrite(descriptor, b"J", 0),
            lambda: os.pwrite(descriptor, b"!", 5),
            lambda: os.ftruncate(descriptor, 0),
        ):
            with pytest.raises(PermissionError):
                change()
    finally:
        os.close(descriptor)


def test_everything_is_written_when_the_kernel_takes_it_in_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: really_write(fd, bytes(data)[:3]))
    path = tmp_path / "out"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        write_all(descriptor, b"0123456789")
    finally:
        os.close(descriptor)
    assert path.read_bytes() == b"0123456789"
