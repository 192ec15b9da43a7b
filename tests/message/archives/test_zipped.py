from __future__ import annotations

from collections.abc import Callable
from struct import pack
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED

import pytest
from tests.message.archives.trees import PE, listed, names, zipped

EXE = "application/vnd.microsoft.portable-executable"


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2, ZIP_LZMA])
def test_names_and_types_whatever_the_method(method: int) -> None:
    archive = zipped(("a/b.exe", PE), ("c.txt", b"hello"), method=method)
    files, unlisted = listed(archive)
    assert [(file.names, file.kind) for file in files] == [(("a/b.exe",), EXE), (("c.txt",), "")]
    assert unlisted == []


def test_what_the_directory_and_the_headers_say_both_counts() -> None:
    archive = zipped(("a.txt", b"x"))
    at = archive.rindex(b"a.txt")
    assert names(archive[:at] + b"b.exe" + archive[at + 5 :]) == ["a.txt", "b.exe"]


def test_two_of_the_directory_may_name_one_file() -> None:
    archive = zipped(("a.txt", b"x"))
    start, end = archive.index(b"PK\x01\x02"), archive.index(b"PK\x05\x06")
    entry = archive[start:end]
    twice = archive[:start] + entry + entry.replace(b"a.txt", b"b.exe") + archive[end:]
    assert "b.exe" in names(twice)


@pytest.mark.parametrize(
    "broken",
    [
        lambda archive: archive[: archive.index(b"PK\x01\x02")],
        lambda archive: PE + archive,
        lambda archive: b"%PDF-1.4\n" + archive + b"behind it" * 10_000,
    ],
    ids=["no directory", "a program before", "a polyglot"],
)
def test_what_is_not_quite_a_zip(broken: Callable[[bytes], bytes]) -> None:
    assert "b.exe" in names(broken(zipped(("b.exe", PE))))


def test_a_second_name_in_utf_8() -> None:
    archive = zipped(("a.txt", b"x"))
    extra = pack("<HHBI", 0x7075, 5 + 5, 1, 0) + b"b.exe"
    at = archive.index(b"PK\x03\x04")
    header = archive[at : at + 28] + pack("<H", len(extra)) + b"a.txt" + extra
    assert "b.exe" in names(header + archive[at + 35 :])


def test_an_encrypted_file_has_a_name_and_an_archive_among_them_is_told_of() -> None:
    archive = bytearray(zipped(("a.zip", zipped(("b.exe", PE)))))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        archive[archive.index(mark) + offset] |= 1
    archive[archive.rindex(b"PK\x01\x02") + 8] |= 1
    files, unlisted = listed(bytes(archive), "x.zip")
    assert files[0].names[0] == "a.zip"
    assert "a.zip in x.zip: it is encrypted" in unlisted


def test_encrypted_names_are_told_of() -> None:
    archive = bytearray(zipped(("1", b"x")))
    archive[archive.index(b"PK\x01\x02") + 8 : archive.index(b"PK\x01\x02") + 10] = b"\x01\x20"
    assert listed(bytes(archive), "x.zip")[1] == ["x.zip: its names are encrypted"]


def test_an_archive_that_cannot_be_unpacked_is_told_of() -> None:
    archive = bytearray(zipped(("a.zip", b"x")))
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        archive[archive.index(mark) + offset] = 9
    reason = "a.zip in x.zip: it is packed in a way that is not known (method 9)"
    assert listed(bytes(archive), "x.zip")[1] == [reason]
