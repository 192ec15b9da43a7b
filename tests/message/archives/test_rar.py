from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.message.archives.rars import rar_4, rar_5
from tests.message.archives.trees import PE, listed, names, zipped

Write = Callable[..., bytes]
both = pytest.mark.parametrize("write", [rar_4, rar_5])


@both
def test_names_and_types(write: Write) -> None:
    files, unlisted = listed(write((b"a/b.exe", PE), (b"c.txt", b"hello")))
    assert [file.names for file in files] == [("a/b.exe",), ("c.txt",)]
    assert [file.kind for file in files] == ["application/vnd.microsoft.portable-executable", ""]
    assert unlisted == []


@both
def test_encrypted_names_are_told_of(write: Write) -> None:
    assert listed(write((b"a", b"x"), locked=True), "x.rar") == (
        [],
        ["x.rar: its names are encrypted"],
    )


@both
def test_an_archive_in_it_is_looked_into_if_it_is_stored_and_told_of_if_not(write: Write) -> None:
    inner = (b"a.zip", zipped(("b.exe", PE)))
    assert sorted(names(write(inner))) == ["a.zip", "b.exe", "b.exe"]  # in the RAR as well
    files, unlisted = listed(write((b"a.zip", b"packed"), packed=True), "x.rar")
    assert [file.names for file in files] == [("a.zip",)]
    assert unlisted == ["a.zip in x.rar: it is in a RAR, which is not unpacked"]


@both
def test_one_that_is_cut_short_is_told_of(write: Write) -> None:
    whole = write((b"b.exe", PE), (b"c.exe", PE))
    files, unlisted = listed(whole[:-90], "x.rar")
    assert [file.names for file in files][:1] == [("b.exe",)]
    assert unlisted


@both
def test_a_program_that_unpacks_itself(write: Write) -> None:
    assert names(PE + b"code" * 1000 + write((b"b.exe", PE))) == ["b.exe"]


def test_a_name_in_unicode_beside_the_plain_one() -> None:
    # High byte 4; a byte as it is, one below the high byte, two bytes, a run of the plain name.
    encoded = b"\x04" + bytes((0b00_01_10_11,)) + b"e" + b"\x30" + b"\x2e\x20" + b"\x02"
    files, _ = listed(rar_4((b"e??.exe\0" + encoded, b"x")))
    assert files[0].names == ("e??.exe", "e\u0430\u202e.exe")
