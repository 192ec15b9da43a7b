from __future__ import annotations

import pytest

from clamgate.core.filenames import forms, in_ascii, tame
from clamgate.core.parts import FoundPart


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
    assert FoundPart("2.1", names, declared, "application/zip", 9, "ab").shown == words


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


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Evil.EXE", "evil.exe"),
        ("evil.exe . .", "evil.exe"),
        ("a/b\\evil.exe", "evil.exe"),
        ("a/evil.exe/", "evil.exe"),
        ("txt\u202eevil.exe", "txtevil.exe"),
        ("evil.e\u200bxe", "evil.exe"),
        ("evil.exe\0.txt", "evil.exe"),
        ("evil\0.exe", "evil.exe"),
        ("evil.exe::$DATA", "evil.exe"),
        ("evil\uff0eexe", "evil.exe"),
        ("evil+AC4-exe", "evil.exe"),
        (" 'evil.exe\" ", "evil.exe"),
        ("ä" * 5000 + ".exe", "ä" * 4092 + ".exe"),
    ],
)
def test_what_a_file_may_be_called_once_it_is_saved(name: str, form: str) -> None:
    assert form in list(forms(name))


def test_a_plain_name_has_one_form() -> None:
    assert list(forms("report.pdf")) == ["report.pdf"]
    assert list(forms("")) == []


def test_in_ascii() -> None:
    assert in_ascii("a\u00e4\n%") == "a??%"
