"""The zips in the folder beside this were made by 7-Zip 26.02 and Info-ZIP 3.0."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from pathlib import Path

import pytest
from tests.locked_zip import locked_zip

from clamgate.message.locked.zipped import (
    LOCAL,
    MOST_FILES,
    is_locked,
    is_one,
    locked_files,
    without_lock,
)

ZIPS = {path.stem: path.read_bytes() for path in Path(__file__).parent.glob("archives/*.zip")}
PASSWORD = b"Fz7-kqx"
HELLO = b"hello, locked world\n"
MANY = b"hello, locked world, many times over and over\n" * 8
FILES = {"hello.txt": HELLO, "many.txt": MANY}


def opened(data: bytes, password: bytes = PASSWORD) -> dict[str, bytes]:
    """Return the files of a zip once its lock is off, as the standard library unpacks them."""
    files = [(file, file.opened(password)) for file in locked_files(data)]
    plain = without_lock((file, packed) for file, packed in files if packed is not None)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        for info in archive.infolist():
            info.CRC = info.CRC or 0
            archive.NameToInfo[info.filename] = info
        return {info.filename: _content(archive, info) for info in archive.infolist()}


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as stream:
        if not info.CRC:  # AE-2 has none
            stream._expected_crc = None  # type: ignore[attr-defined]
        return stream.read()


@pytest.mark.parametrize("name", ["7zip-aes256", "7zip-aes128", "info-zip"])
def test_zips_of_others(name: str) -> None:
    assert opened(ZIPS[name]) == FILES
    assert opened(ZIPS[name], b"another") == {}


def test_one_that_was_made_from_a_pipe() -> None:
    assert opened(ZIPS["info-zip-from-a-pipe"]) == {"-": MANY}


def test_one_of_ours_is_one_to_the_standard_library() -> None:
    data = locked_zip(FILES, PASSWORD)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {name: archive.read(name, PASSWORD) for name in FILES} == FILES
    assert opened(data) == FILES


@pytest.mark.parametrize("name", ZIPS)
def test_no_wrong_password_opens_anything(name: str) -> None:
    files = locked_files(ZIPS[name])
    words = [f"word{number}".encode() for number in range(50 if "aes" in name else 3000)]
    assert not [word for word in words for file in files if file.opened(word) is not None]


def test_of_two_listings_that_differ_both_count() -> None:
    data = locked_zip(FILES, PASSWORD)
    directory = data.index(b"PK\x01\x02")
    without_directory = data[:directory]
    assert {file.name for file in locked_files(without_directory)} == {b"hello.txt", b"many.txt"}
    assert opened(without_directory) == FILES
    # The directory says that the first one is not locked; its own header knows better.
    flags = directory + 8
    assert opened(data[:flags] + b"\0\0" + data[flags + 2 :]) == FILES
    own = data.index(LOCAL) + 6
    assert opened(data[:own] + b"\0\0" + data[own + 2 :]) == FILES


def test_behind_something_else() -> None:
    data = b"MZ and a program that unpacks what follows" + ZIPS["info-zip"]
    assert is_one(data)
    assert is_locked(data)
    assert opened(data) == FILES


def test_what_is_not_locked() -> None:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("hello.txt", HELLO)
    assert is_one(plain.getvalue())
    assert not is_locked(plain.getvalue())
    assert locked_files(plain.getvalue()) == []
    assert not is_one(b"no zip at all")


def test_what_is_broken_raises_nothing() -> None:
    chance = random.Random(3)  # noqa: S311  the same in each run
    for data in (*ZIPS.values(), locked_zip(FILES, PASSWORD)):
        for _ in range(150):
            broken = bytearray(data)
            for _ in range(chance.randrange(1, 6)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            cut = bytes(broken[: chance.randrange(len(broken))])
            for some in (bytes(broken), cut):
                files = [(file, file.opened(PASSWORD)) for file in locked_files(some)]
                result = without_lock((one, packed) for one, packed in files if packed is not None)
                assert len(result) < 4 * len(data) + 200


def test_of_many_files_one_more_is_told_than_are_opened() -> None:
    data = locked_zip({str(number): b"x" for number in range(300)}, PASSWORD)
    assert len(locked_files(data)) == MOST_FILES + 1


@pytest.mark.parametrize("mark", [LOCAL, b"PK\x01\x02"])
def test_one_that_is_nothing_but_headers_is_not_read_to_its_end(mark: bytes) -> None:
    """Nor is the same long name copied again and again."""
    header = mark + b"\x14\0" * (1 if mark == LOCAL else 2) + bytes(16) + b"\xff" * 8
    data = header.ljust(46, b"\xff") * 100_000
    assert is_locked(data)
    assert len(locked_files(data)) <= MOST_FILES + 1


def test_of_a_bomb_only_so_much_is_unpacked_as_shows_that_the_password_is_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (file,) = locked_files(locked_zip({"bomb": bytes(40 << 20)}, PASSWORD))
    unpacked: list[int] = []
    real = zlib.crc32

    def counting(data: bytes, start: int = 0) -> int:
        unpacked.append(len(data))
        return real(data, start)

    monkeypatch.setattr(zlib, "crc32", counting)
    assert file.opened(PASSWORD) is not None
    assert sum(unpacked) <= 2 * 16 << 20
