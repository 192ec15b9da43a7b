from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.observe.examples import Clock
from tests.time_zone import time_zone

from clamgate.core.settings import Logging
from clamgate.observe.append_file import LogFileError
from clamgate.observe.logfile import LogFile, rotated_name
from clamgate.observe.sink import Level, date

TRY_LOCK = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'ab'), fcntl.LOCK_EX | fcntl.LOCK_NB)"

Open = Callable[..., LogFile]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "milter.log"


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(path: Path, reports: list[str], clock: Clock) -> Iterator[Open]:
    """Return a function that opens the log with the settings given."""
    logs: list[LogFile] = []

    def open_it(**settings: object) -> LogFile:
        logging = Logging(file=str(path), **settings)  # type: ignore[arg-type]
        logs.append(LogFile(str(path), logging, report=reports.append, clock=clock))
        return logs[-1]

    yield open_it
    for log in logs:
        log.close()


@contextmanager
def disk_full_at(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def is_locked(path: Path) -> bool:
    """Try the lock from another process. Not after this one has read the file: that frees it."""
    command = [sys.executable, "-c", TRY_LOCK, str(path)]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode != 0


def info(log: LogFile, *texts: str) -> None:
    for text in texts:
        log.write(Level.INFO, text)


def test_lines_are_appended(opened: Open, path: Path) -> None:
    path.write_text("old\n")
    log = opened()
    info(log, "one")
    log.write(Level.WARNING, "two")
    assert path.read_text() == "old\none\nWARNING: two\n"


def test_log_time_puts_the_time_before_each_line(opened: Open, path: Path, clock: Clock) -> None:
    info(opened(time=True), "one")
    assert path.read_text() == f"{date(clock.now)} -> one\n"


def test_a_log_that_cannot_be_opened_is_an_error_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"LogFile /.*none/log: cannot open it: No such file"):
        LogFile(str(tmp_path / "none" / "log"), Logging())


def test_it_is_locked_unless_log_file_unlock(opened: Open, path: Path) -> None:
    log = opened()
    assert is_locked(path)
    log.close()
    assert not is_locked(path)
    opened(lock=False)
    assert not is_locked(path)


def test_many_threads_write_whole_lines(opened: Open, path: Path) -> None:
    log = opened(max_size=0)
    texts = [f"thread {n} " + "x" * 500 for n in range(4)]
    threads = [threading.Thread(target=info, args=(log, *[text] * 100)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = path.read_text().splitlines()
    assert len(lines) == 400
    assert set(lines) == set(texts)


def test_after_close_lines_are_lost_and_nothing_is_raised(opened: Open, path: Path) -> None:
    log = opened()
    log.close()
    log.close()
    info(log, "late")
    log.reopen()
    assert log.lost == 1
    assert path.read_text() == ""


# SIGHUP


def test_reopen_follows_the_name_after_logrotate_has_moved_the_file(
    opened: Open, path: Path, reports: list[str]
) -> None:
    log = opened()
    info(log, "one")
    moved = path.rename(path.with_suffix(".1"))
    info(log, "two")
    log.reopen()
    info(log, "three")
    assert is_locked(path)
    assert not is_locked(moved)
    assert moved.read_text() == "one\ntwo\n"
    assert path.read_text() == "three\n"
    assert reports == []


def test_reopen_of_a_file_that_was_not_moved_keeps_the_lock(opened: Open, path: Path) -> None:
    log = opened()
    log.reopen()
    info(log, "one")
    assert is_locked(path)
    assert path.read_text() == "one\n"


def test_what_cannot_be_reopened_goes_on_where_it_was(
    opened: Open, path: Path, reports: list[str]
) -> None:
    log = opened()
    moved = path.rename(path.with_suffix(".1"))
    path.mkdir()
    log.reopen()
    info(log, "one")
    assert moved.read_text() == "one\n"
    assert reports == [
        f"LogFile {path}: cannot open it: Is a directory; lines go on where they went"
    ]
    log.reopen()
    assert len(reports) == 2  # each SIGHUP is somebody's wish, and has its answer


# LogFileMaxSize and LogRotate


def test_a_large_file_is_moved_before_the_next_line(
    opened: Open, path: Path, clock: Clock, reports: list[str]
) -> None:
    log = opened(max_size=10, rotate=True)
    info(log, "12345678")
    info(log, "9")
    moved = Path(rotated_name(str(path), clock.now))
    assert not moved.exists()
    info(log, "next")
    assert is_locked(path)
    assert moved.read_text() == "12345678\n9\n"
    assert path.read_text() == "next\n"
    assert reports == []


def test_without_log_rotate_it_is_moved_too_and_says_so_once(
    opened: Open, path: Path, clock: Clock
) -> None:
    log = opened(max_size=5)
    info(log, "123456")
    first = Path(rotated_name(str(path), clock.now))
    info(log, "abcdef")
    clock.now += 1
    second = Path(rotated_name(str(path), clock.now))
    info(log, "end")
    note = "WARNING: This file is larger than LogFileMaxSize and LogRotate is off"
    assert first.read_text().startswith(f"123456\n{note}")
    assert second.read_text() == "abcdef\n"
    assert path.read_text() == "end\n"


@pytest.mark.parametrize("max_size", [0, 1, 7, 14, 15, 1000])
def test_many_at_once_are_laid_out_as_one_by_one(tmp_path: Path, max_size: int) -> None:
    texts = [f"{number}" * 4 for number in range(8)]
    found = []
    for name, size in (("one", 1), ("two", 3), ("all", 8)):
        folder = tmp_path / name
        folder.mkdir()
        clock = Clock()
        log = LogFile(str(folder / "log"), Logging(max_size=max_size, rotate=True), clock=clock)
        for at in range(0, len(texts), size):
            log.write_all([(Level.INFO, text) for text in texts[at : at + size]])
        log.close()
        found.append({file.name: file.read_text() for file in folder.iterdir()})
    assert found[0] == found[1] == found[2]


def test_no_size_is_no_limit(opened: Open, path: Path, tmp_path: Path) -> None:
    log = opened(max_size=0, rotate=True)
    info(log, "x" * 1000, "y" * 1000)
    assert list(tmp_path.iterdir()) == [path]


def test_two_moves_within_a_second_do_not_overwrite_each_other(
    opened: Open, path: Path, clock: Clock
) -> None:
    log = opened(max_size=3, rotate=True)
    info(log, "first", "second", "third")
    moved = Path(rotated_name(str(path), clock.now))
    assert moved.read_text() == "first\n"
    assert path.read_text() == "second\nthird\n"
    clock.now += 1
    info(log, "fourth")
    assert Path(rotated_name(str(path), clock.now)).read_text() == "second\nthird\n"
    assert path.read_text() == "fourth\n"


def test_a_file_that_others_have_moved_is_not_moved_again(
    opened: Open, path: Path, tmp_path: Path
) -> None:
    log = opened(max_size=3, rotate=True)
    info(log, "first")
    moved = path.rename(path.with_suffix(".1"))
    path.write_text("a new one\n")
    info(log, "second")
    assert moved.read_text() == "first\n"
    assert path.read_text() == "a new one\nsecond\n"
    assert sorted(tmp_path.iterdir()) == sorted([path, moved])


def test_what_cannot_be_moved_is_written_on_and_tried_again_later(
    opened: Open, path: Path, clock: Clock, reports: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Path] = []

    def refuse(self: Path, target: Path) -> Path:
        tries.append(target)
        raise PermissionError(13, "Permission denied")

    log = opened(max_size=3, rotate=True)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        info(log, "first", "second", "third")
    assert path.read_text() == "first\nsecond\nthird\n"
    assert len(tries) == 1
    assert reports == [
        f"LogFile {path}: larger than LogFileMaxSize, but cannot be moved aside: Permission denied"
    ]
    clock.now += 60
    info(log, "fourth")
    assert path.read_text() == "fourth\n"
    assert log.lost == 0


def test_if_the_new_file_cannot_be_opened_lines_go_to_the_moved_one(
    opened: Open, path: Path, clock: Clock, reports: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_settings: object) -> int:
        raise LogFileError("cannot open it")

    log = opened(max_size=3, rotate=True)
    info(log, "first")
    with monkeypatch.context() as patch:
        patch.setattr("clamgate.observe.logfile.open_to_append", refuse)
        info(log, "second")
    moved = Path(rotated_name(str(path), clock.now))
    assert moved.read_text() == "first\nsecond\n"
    assert "cannot open it" in reports[0]
    clock.now += 60
    info(log, "third")
    assert path.read_text() == "third\n"


def test_a_device_is_never_moved(reports: list[str]) -> None:
    log = LogFile("/dev/null", Logging(max_size=1), report=reports.append)
    info(log, "one", "two")
    log.close()
    assert log.lost == 0
    assert reports == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/log/clamav-milter.log", "/var/log/clamav-milter-DATE.log"),
        ("/var/log/milter.txt", "/var/log/milter-DATE.log"),
        ("/var/log/milter", "/var/log/milter-DATE.log"),
        ("/var/log/log", "/var/log/log-DATE.log"),
        ("/var/log/milter.log.new2", "/var/log/milter.log.new2-DATE.log"),
        ("/var/a.log/log", "/var/a.log/log-DATE.log"),
        ("/var/log/.log", "/var/log/.log-DATE.log"),
    ],
)
def test_the_name_of_a_moved_file(path: str, expected: str) -> None:
    with time_zone("UTC"):
        assert rotated_name(path, 1795489712) == expected.replace("DATE", "20261124_030832")


# A full disk


def test_a_full_disk_loses_lines_and_the_log_tells_how_many(
    opened: Open, path: Path, reports: list[str]
) -> None:
    log = opened(max_size=0)
    info(log, "before")
    with disk_full_at(path.stat().st_size):
        info(log, "lost", "lost too")
    info(log, "after", "again")
    assert path.read_text() == (
        "before\nWARNING: 2 lines could not be written here\nafter\nagain\n"
    )
    assert log.lost == 2
    assert reports == [f"LogFile {path}: cannot write to it, lines are lost: File too large"]


def test_a_line_that_was_cut_short_is_ended_before_the_next(opened: Open, path: Path) -> None:
    log = opened(max_size=0)
    with disk_full_at(4):
        info(log, "half a line", "nothing")
    info(log, "after")
    assert path.read_text() == "half\nWARNING: 2 lines could not be written here\nafter\n"
    assert log.lost == 2


def test_of_many_lines_at_once_those_are_lost_that_are_not_whole(
    opened: Open, path: Path, reports: list[str]
) -> None:
    log = opened(max_size=0)
    many = [(Level.INFO, f"line {number}") for number in range(9)]
    with disk_full_at(24):
        log.write_all(many)  # three and a bit
        log.write_all(many[:2])
    log.write_all(many[7:])
    assert path.read_text() == (
        "line 0\nline 1\nline 2\nlin\nWARNING: 8 lines could not be written here\nline 7\nline 8\n"
    )
    assert log.lost == 8
    assert len(reports) == 1


def test_a_notice_that_was_written_is_not_written_again(opened: Open, path: Path) -> None:
    log = opened(max_size=0)
    notice = "WARNING: 1 lines could not be written here\n"
    with disk_full_at(0):
        info(log, "lost")
    with disk_full_at(len(notice) + 4):
        log.write_all([(Level.INFO, "abc"), (Level.INFO, "def")])
    info(log, "end")
    assert path.read_text() == f"{notice}abc\n{notice}end\n"
    assert log.lost == 2


def test_a_real_full_device(reports: list[str]) -> None:
    log = LogFile("/dev/full", Logging(), report=reports.append)
    info(log, "one", "two")
    log.close()
    assert log.lost == 2
    assert reports == [
        "LogFile /dev/full: cannot write to it, lines are lost: No space left on device"
    ]


def test_a_report_that_goes_wrong_does_not_reach_the_mail_path() -> None:
    def fail(text: str) -> None:
        raise RuntimeError(text)

    log = LogFile("/dev/full", Logging(), report=fail)
    info(log, "one")
    log.close()
    assert log.lost == 1


def test_a_new_log_belongs_to_user(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", lambda _fd, uid, gid: given.append((uid, gid)))
    LogFile(str(path), Logging(), owner=(12345, 54321)).close()
    assert given == [(12345, 54321)]


def test_names_of_moved_files_sort_by_time() -> None:
    names = [rotated_name("/l.log", at) for at in (0.0, 1e9, 1.7e9)]
    assert names == sorted(names)
    assert all(re.fullmatch(r"/l-\d{8}_\d{6}\.log", name) for name in names)
