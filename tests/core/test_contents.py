from __future__ import annotations

import pytest

from clamgate.core.contents import AttachedFile, Contents, FileCondition, FilePattern
from clamgate.core.parts import FoundPart

PART = FoundPart("2", ("a.zip",), "application/zip", "application/zip", 9, "ab")


def file(*names: str, kinds: tuple[str, ...] = (), within: tuple[str, ...] = ()) -> AttachedFile:
    return AttachedFile(names, kinds, PART, within)


@pytest.mark.parametrize(
    ("pattern", "attached", "fits"),
    [
        ("*.exe", file("a.txt", "B.EXE"), True),
        ("*.EXE", file("dir.exe/a.txt"), False),
        ("*.exe", file(), False),
        ("setup.?xe", file("C:\\x\\Setup.exe. . "), True),
        ("application/x-msdownload", file(kinds=("application/x-msdownload",)), True),
        (
            "application/x-msdownload",
            file(kinds=("text/plain", "application/vnd.microsoft.portable-executable")),
            True,
        ),
        ("VIDEO/*", file(kinds=("video/mp4",)), True),
        ("video/*", file("video", kinds=("image/png",)), False),
    ],
)
def test_patterns(pattern: str, attached: AttachedFile, fits: bool) -> None:  # noqa: FBT001  a row
    assert FilePattern(pattern).fits(attached) is fits


def test_a_condition_is_about_files_that_are_not_excepted() -> None:
    exe, mine = FilePattern("*.exe"), FilePattern("mine.*")
    contents = Contents((file("mine.exe"), file("a.txt", "evil.exe")))
    found = FileCondition((exe,), (mine,)).first_in(contents)
    assert found == file("evil.exe", "a.txt")
    assert not FileCondition((exe,), (mine,)).holds(Contents((file("mine.exe"),)))


def test_what_could_not_be_listed_has_a_pattern_of_its_own() -> None:
    condition = FileCondition((FilePattern("Unlisted"),))
    assert condition.holds(Contents(unlisted=("too many",)))
    assert not condition.holds(Contents((file("a.exe"),)))
    assert not FileCondition((FilePattern("*.exe"),)).holds(Contents(unlisted=("too many",)))


@pytest.mark.parametrize(
    ("attached", "words"),
    [
        (file("a\nb.exe"), "a?b.exe"),
        (file("x/b.exe", within=("a.zip", "b.rar")), "x/b.exe in b.rar"),
        (file(), "a.zip"),
        (file(within=("b.rar",)), "a file without a name in b.rar"),
    ],
)
def test_what_it_is_called(attached: AttachedFile, words: str) -> None:
    assert attached.shown == words


def test_a_condition_is_asked_once_of_the_same_contents() -> None:
    class Counted(FilePattern):
        asked = 0

        def fits(self, file: AttachedFile) -> bool:
            Counted.asked += 1
            return super().fits(file)

    condition = FileCondition((Counted("*.exe"),))
    contents = Contents((file("a.txt"), file("b.exe")))
    assert [condition.first_in(contents) for _ in range(9)] == [file("b.exe")] * 9
    assert Counted.asked == 2
    assert contents == Contents(contents.files)
