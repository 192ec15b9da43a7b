from __future__ import annotations

import pytest

from clamgate.core.filenames import shown, tame
from clamgate.core.verdict import FoundPart


@pytest.mark.parametrize(
    ("names", "declared", "words"),
    [
        (("a.exe", "b.txt"), "text/plain", "a.exe"),
        ((), "text/plain", "part 2.1 (text/plain)"),
        ((), "", "part 2.1 (application/zip)"),
        (("a\r\nX: y\0.exe",), "", "a??X: y?.exe"),
    ],
)
def test_what_a_part_is_called(names: tuple[str, ...], declared: str, words: str) -> None:
    assert shown(FoundPart("2.1", names, declared, "application/zip", 9, "ab")) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cod\u202eexe.doc", "cod?exe.doc"),
        ("\u200b\ud800x", "??x"),
        ("100% \u00e4.pdf", "100% \u00e4.pdf"),
        ("x" * 101, "x" * 97 + "..."),
    ],
)
def test_tame(name: str, words: str) -> None:
    assert tame(name) == words
