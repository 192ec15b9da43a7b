from __future__ import annotations

import tarfile

import pytest
from tests.message.archives.trees import PE, listed, names, tarred

LONG = "folder/" * 40 + "evil.exe"


@pytest.mark.parametrize("kind", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names(kind: int) -> None:
    assert LONG in names(tarred((LONG, PE), ("b.txt", b"x"), kind=kind))


def test_a_name_in_two_fields() -> None:
    name = "f" * 90 + "/" + "g" * 60 + "/evil.exe"
    assert names(tarred((name, PE), kind=tarfile.USTAR_FORMAT)) == [name]


def test_types_are_seen() -> None:
    assert listed(tarred(("a.txt", PE)))[0][0].kind.endswith("portable-executable")


def test_the_old_form_has_no_mark() -> None:
    block = bytearray(tarred(("a.exe", b"x"))[:1024])
    block[257:512] = bytes(255)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    assert names(bytes(block)) == ["a.exe"]


def test_what_stands_behind_its_end_counts() -> None:
    assert names(tarred(("a.txt", b"x")) + tarred(("b.exe", PE))) == ["a.txt", "b.exe"]


def test_one_that_is_cut_short_or_lies_of_its_size_ends() -> None:
    archive = tarred(("a.exe", b"x" * 2000))
    assert names(archive[:700]) == ["a.exe"]
    lie = bytearray(tarred(("a.exe", b"x"), ("b.txt", b"y"), kind=tarfile.USTAR_FORMAT))
    lie[124:136] = b"\x80" + b"\xff" * 11
    lie[148:156] = b" " * 8
    lie[148:156] = b"%06o\0 " % sum(lie[:512])
    assert names(bytes(lie)) == ["a.exe"]
