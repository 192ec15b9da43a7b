"""Archives in archives, bounds, and attempts to get past them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from zipfile import ZIP_DEFLATED

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.message.archives.rars import rar_4, rar_5
from tests.message.archives.trees import PE, listed, names, tarred, zipped

from clamgate.message.archives.limits import Limits
from clamgate.message.archives.listing import ArchiveListing


def nested(depth: int) -> bytes:
    archive = zipped(("evil.exe", PE), method=ZIP_DEFLATED)
    for level in range(depth):
        archive = zipped((f"{level}.dat", archive), method=ZIP_DEFLATED)
    return archive


def test_an_archive_in_an_archive_is_known_by_its_first_bytes() -> None:
    files, unlisted = listed(nested(3), "x.zip")
    assert files[-1].names == ("evil.exe",)
    assert files[-1].within == ("x.zip", "2.dat", "1.dat", "0.dat")
    assert unlisted == []


def test_the_depth_is_bounded() -> None:
    assert listed(nested(8))[1] == []
    assert listed(nested(9))[1] == ["archives more than 8 deep"]


def test_the_number_of_files_is_bounded() -> None:
    archive = zipped(*((f"{n}.txt", b"") for n in range(100)))
    files, unlisted = listed(archive, limits=Limits(entries=50))
    assert (len(files), unlisted) == (50, ["more than 50 files in archives"])


def test_the_bytes_are_bounded() -> None:
    bomb = zipped(("a.zip", b"PK\x03\x04" + bytes(1 << 20)), method=ZIP_DEFLATED)
    files, unlisted = listed(bomb, limits=Limits(unpacked=1 << 18))
    assert [file.names for file in files] == [("a.zip",)]
    assert unlisted == ["archives of over 0 MiB unpacked"]


def test_what_no_archive_is_in_is_not_unpacked() -> None:
    bomb = zipped(("zeros.txt", bytes(10 << 20)), method=ZIP_DEFLATED)
    assert listed(bomb, limits=Limits(unpacked=1000))[1] == []


@pytest.mark.parametrize(
    "endless",
    [
        b"Rar!\x1a\x07\x01\x00" + b"\0\0\0\0\x02\x01\0" * 1000,
        b"Rar!\x1a\x07\x00" + b"\0\0\x73\0\0\x07\0" * 1000,
        b"PK\x03\x04" + bytes(26) + (b"PK\x01\x02" + bytes(42)) * 1000,
        tarred(("a", b""))[:512] + b"junk" * 128 * 1000,
    ],
    ids=["RAR 5", "RAR 4", "zip", "tar"],
)
def test_headers_that_name_no_file_are_bounded(endless: bytes) -> None:
    _, unlisted = listed(endless, limits=Limits(entries=50))
    assert unlisted == ["archives with more headers than files"]


def test_one_bound_holds_for_all_archives_of_a_message() -> None:
    listing = ArchiveListing(Limits(entries=3))
    archive = zipped(("a", b""), ("b", b""))
    found = [len(listing.files_in(archive, [name])) for name in "xyz"]
    assert found == [2, 1, 0]
    assert list(listing.unlisted) == ["more than 3 files in archives"]


def test_two_archives_in_one_file() -> None:
    both = rar_5((b"a.exe", PE)) + zipped(("b.exe", PE))
    assert set(names(both)) == {"a.exe", "b.exe"}


@pytest.mark.parametrize(
    "name", ["a\0.txt", "a\nb", "%s%n", "../../x", "C:\\x", "\u202e", "a" * 9999]
)
def test_odd_names_come_as_they_are(name: str) -> None:
    for archive in (tarred((name, b"x")), rar_5((name.encode(), b"x"))):
        files, unlisted = listed(archive)
        assert unlisted == []
        assert any(name.partition("\0")[0] in one for one in files[0].names)


ARCHIVES = [
    zipped(("a.exe", PE), ("b/c.zip", zipped(("d", b"x"))), method=ZIP_DEFLATED),
    tarred(("a.exe", PE), ("b" * 200, b"x")),
    tarred(("a.exe", PE), mode="w:gz"),
    tarred(("a.exe", PE), mode="w:xz"),
    rar_4((b"a.exe", PE), (b"b\0\x04\x1be", b"x")),
    rar_5((b"a.exe", PE), (b"b", b"x")),
]


@given(st.sampled_from(ARCHIVES), st.data())
def test_nothing_is_raised_over_what_is_broken(archive: bytes, data: st.DataObject) -> None:
    changed = bytearray(archive)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(len(changed) // 2, len(changed)))
    listed(bytes(changed[:end]), limits=Limits(unpacked=1 << 20))


@given(st.binary(max_size=600), st.sampled_from([archive[:12] for archive in ARCHIVES]))
def test_nor_over_any_bytes(data: bytes, beginning: bytes) -> None:
    listed(beginning + data, limits=Limits(unpacked=1 << 20))


def test_archives_wait_for_their_turn_and_other_files_do_not() -> None:
    turns: list[str] = []

    @contextmanager
    def turn() -> Iterator[None]:
        turns.append("begin")
        yield
        turns.append("end")

    listing = ArchiveListing(turn=turn)
    assert listing.files_in(PE, ["a.exe"]) == []
    assert turns == []
    assert len(listing.files_in(zipped(("a", b"")), ["a.zip"])) == 1
    assert turns == ["begin", "end"]
