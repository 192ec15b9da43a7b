"""Which files there are to replay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clamgate.harness.replay.find import STDIN, Found, Problem, Source, find


def names(found: Found, folder: Path) -> list[str]:
    return [str(Path(source.path).relative_to(folder)) for source in found.sources]


def write(folder: Path, *paths: str) -> None:
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")


def test_a_folder_is_taken_whole_and_by_name_but_for_what_is_hidden(tmp_path: Path) -> None:
    write(tmp_path, "b", "a.eml", "sub/c", ".hidden", ".git/config")
    found = find([str(tmp_path)])
    assert names(found, tmp_path) == ["a.eml", "b", "sub/c"]
    assert [source.single for source in found.sources] == [True, False, False]
    assert (found.size, found.problems, found.duplicates) == (3, [], 0)


def test_a_maildir_and_its_folders_without_what_is_not_mail(tmp_path: Path) -> None:
    write(
        tmp_path,
        *("cur/1:2,S", "cur/.nfs", "new/2", "tmp/3", "dovecot-uidlist"),
        *(".Sent/cur/4", ".Sent/new/5", ".Sent/tmp/6", ".Sent/maildirfolder"),
        *("Archive/cur/7", "Archive/new/8", ".no-maildir/x"),
    )
    found = find([str(tmp_path)])
    assert names(found, tmp_path) == [
        ".Sent/cur/4",
        ".Sent/new/5",
        "Archive/cur/7",
        "Archive/new/8",
        "cur/1:2,S",
        "new/2",
    ]
    assert all(source.single for source in found.sources)


def test_what_cannot_be_looked_at_is_a_problem_among_the_others(tmp_path: Path) -> None:
    write(tmp_path, "good")
    (tmp_path / "broken").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    missing = str(tmp_path / "missing")
    found = find([missing, str(tmp_path), "a\0b"])
    assert found.problems == [
        Problem(missing, "cannot read it: No such file or directory"),
        Problem(str(tmp_path / "broken"), "cannot read it: No such file or directory"),
        Problem(str(tmp_path / "pipe"), "not a file"),
        Problem("a\0b", "cannot read it: embedded null byte"),
    ]
    assert names(found, tmp_path) == ["good"]


def test_a_file_is_taken_once_and_links_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path, "a", "sub/b")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "same").symlink_to("a")
    found = find([str(tmp_path / "a"), str(tmp_path), str(tmp_path / "sub")])
    assert names(found, tmp_path) == ["a", "sub/b"]
    assert found.duplicates == 4  # a in its folder, same, sub/up, sub


def test_what_has_no_size(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert find([STDIN]).sources == [Source(STDIN, None)]
    assert find([STDIN]).size is None
    assert find([str(tmp_path / "pipe")]).sources == [Source(str(tmp_path / "pipe"), None)]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    try:
        write(tmp_path, os.fsdecode(b"caf\xe9"))
    except OSError:
        pytest.fail("this file system takes only UTF-8")
    assert os.fsencode(find([str(tmp_path)]).sources[0].path).endswith(b"/caf\xe9")
