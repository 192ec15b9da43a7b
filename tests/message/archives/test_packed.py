from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from io import BytesIO

import pytest
from tests.message.archives.trees import PE, listed, names, tarred

Pack = Callable[[bytes], bytes]


def gzipped(name: str, data: bytes) -> bytes:
    made = BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=made) as stream:
        stream.write(data)
    return made.getvalue()


def test_a_single_file_goes_by_the_name_in_the_header_and_by_its_own() -> None:
    files, _ = listed(gzipped("evil.exe.gz", PE), "holiday.jpg.gz")
    assert [(file.names, file.kind[-10:]) for file in files] == [
        (("evil.exe", "holiday.jpg"), "executable")
    ]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_tar_in_it(pack: Pack) -> None:
    assert names(pack(tarred(("b.exe", PE))), "a.tgz") == ["a.tar", "b.exe"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_several_streams_are_one_file(pack: Pack) -> None:
    archive = tarred(("a.txt", b"x"), ("b.exe", PE))
    assert "b.exe" in names(pack(archive[:700]) + pack(archive[700:]), "a")


def test_the_older_lzma() -> None:
    archive = lzma.compress(tarred(("b.exe", PE)), lzma.FORMAT_ALONE)
    assert names(archive, "a.tar.lzma") == ["a.tar", "b.exe"]


def test_one_that_is_cut_short_is_read_as_far_as_it_goes() -> None:
    archive = gzip.compress(tarred(("b.exe", PE), ("c", bytes(100_000))))
    assert "b.exe" in names(archive[:-20], "a.tgz")


def test_so_many_streams_that_the_last_are_not_read_are_told_of() -> None:
    archive = gzip.compress(b"") * 100 + gzip.compress(tarred(("b.exe", PE)))
    assert listed(archive, "a.tgz")[1] == ["a.tar in a.tgz: it is of more than 100 streams"]
