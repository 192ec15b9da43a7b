from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clamgate.observe.append_file import LogFileError, is_regular, open_to_append

LOCK_AND_WAIT = """
import fcntl, sys
with open(sys.argv[1], "ab") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    print("locked", flush=True)
    sys.stdin.read()
"""

Calls = list[tuple[int, int]]


def append(path: Path, data: bytes = b"new\n", *, lock: bool = True) -> None:
    descriptor = open_to_append(str(path), None, lock=lock)
    os.write(descriptor, data)
    os.close(descriptor)


def refusal(path: Path, *, lock: bool = True) -> str:
    with pytest.raises(LogFileError) as caught:
        open_to_append(str(path), None, lock=lock)
    return str(caught.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "milter.log"


@pytest.fixture
def locked(path: Path) -> Iterator[Path]:
    """Have another process hold the file's lock."""
    with subprocess.Popen(
        [sys.executable, "-c", LOCK_AND_WAIT, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        yield path
        holder.stdin.close()


@pytest.fixture
def chowned(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Be root, as far as this part can see, and return to whom files are given."""
    given: Calls = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", lambda _fd, uid, gid: given.append((uid, gid)))
    return given


def test_a_new_file_is_for_owner_and_group(path: Path) -> None:
    before = os.umask(0)
    try:
        append(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.read_bytes() == b"new\n"


def test_an_old_file_is_appended_to_and_keeps_its_mode(path: Path) -> None:
    path.write_bytes(b"old\n")
    path.chmod(0o600)
    append(path)
    assert path.read_bytes() == b"old\nnew\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_programs_that_we_start_do_not_get_it(path: Path) -> None:
    descriptor = open_to_append(str(path), None, lock=False)
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none" / "log"
    assert refusal(path) == f"LogFile {path}: cannot open it: No such file or directory"


def test_a_symbolic_link_is_refused(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.touch()
    path.symlink_to(target)
    assert "it is a symbolic link" in refusal(path)
    assert target.read_bytes() == b""


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "Is a directory" in refusal(tmp_path)


def test_a_named_pipe_is_refused_and_does_not_hold_up_the_start(path: Path) -> None:
    os.mkfifo(path)
    assert "not a regular file" in refusal(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    assert "not a regular file" in refusal(path)
    os.close(reader)


def test_a_device_will_do(chowned: Calls) -> None:
    descriptor = open_to_append("/dev/null", (12345, 12345), lock=True)
    assert not is_regular(descriptor)
    os.close(descriptor)
    assert chowned == []


def test_a_locked_file_is_refused_with_what_to_do(locked: Path) -> None:
    said = refusal(locked)
    assert str(locked) in said
    assert "another process has locked it" in said
    assert "LogFileUnlock yes" in said


def test_without_lock_nobody_is_in_the_way(locked: Path) -> None:
    append(locked, lock=False)
    assert locked.read_bytes() == b"new\n"


def test_a_lock_keeps_others_out(path: Path) -> None:
    descriptor = open_to_append(str(path), None, lock=True)
    other = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'ab'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    command = [sys.executable, "-c", other, str(path)]
    assert b"BlockingIOError" in subprocess.run(command, capture_output=True, check=False).stderr
    os.close(descriptor)
    subprocess.run(command, check=True)


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.ENOLCK])
def test_a_file_system_without_locks_will_do(
    number: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_fd: int, _how: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "lockf", fail)
    append(path)
    assert path.read_bytes() == b"new\n"


def test_root_gives_the_file_to_its_owner(path: Path, chowned: Calls) -> None:
    os.close(open_to_append(str(path), (12345, 54321), lock=False))
    assert chowned == [(12345, 54321)]


def test_a_file_that_is_the_owner_s_keeps_its_group(path: Path, chowned: Calls) -> None:
    path.touch()
    os.close(open_to_append(str(path), (path.stat().st_uid, 54321), lock=False))
    assert chowned == []


def test_who_is_not_root_gives_nothing_away(
    path: Path, chowned: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    os.close(open_to_append(str(path), (12345, 54321), lock=False))
    assert chowned == []


def test_root_does_not_give_away_what_a_hard_link_points_at(
    path: Path, tmp_path: Path, chowned: Calls
) -> None:
    precious = tmp_path / "shadow"
    precious.touch()
    path.hardlink_to(precious)
    with pytest.raises(LogFileError, match="hard links"):
        open_to_append(str(path), (12345, 54321), lock=False)
    assert chowned == []


def test_a_refused_change_of_owner_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_fd: int, _uid: int, _gid: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", fail)
    with pytest.raises(LogFileError, match=r"cannot give it to User \(uid 12345\)"):
        open_to_append(str(path), (12345, 54321), lock=False)
