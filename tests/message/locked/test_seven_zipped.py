"""The archives in the folder beside this were made by 7-Zip 26.02."""

from __future__ import annotations

import io
import random
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from tests.message.locked.test_zipped import FILES, HELLO

from clamgate.message.archives.limits import UnlistedError
from clamgate.message.locked.seven_zipped import is_locked, is_one, opened

ARCHIVES = {path.stem: path.read_bytes() for path in Path(__file__).parent.glob("archives/*.7z")}
READABLE = ("plain-names", "locked-names", "lzma", "not-solid", "machine-code")


def tick() -> None:
    """Time goes by."""


def files_of(data: bytes, *words: bytes) -> dict[str, bytes] | None:
    plain = opened(data, words, tick)
    if plain is None:
        return None
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        for info in archive.infolist():
            info.CRC = 0
        return {name: _read(archive, name) for name in archive.namelist()}


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        stream._expected_crc = None  # type: ignore[attr-defined]
        return stream.read()


@pytest.mark.parametrize("name", READABLE)
def test_archives_of_7_zip(name: str) -> None:
    assert is_one(ARCHIVES[name])
    assert is_locked(ARCHIVES[name])
    assert files_of(ARCHIVES[name], b"wrong", b"Fz7-kqx") == FILES
    assert files_of(ARCHIVES[name], b"wrong", b"fz7-kqx") is None


def test_one_that_is_not_packed() -> None:
    assert files_of(ARCHIVES["copied"], b"wrong", b"Fz7-kqx") == {"hello.txt": HELLO}


def test_one_that_is_packed_in_a_way_that_is_not_known() -> None:
    assert is_locked(ARCHIVES["ppmd"])
    with pytest.raises(UnlistedError, match="packed in a way that is not known"):
        opened(ARCHIVES["ppmd"], [b"Fz7-kqx"], tick)


def test_a_word_that_is_no_text_is_no_password() -> None:
    assert files_of(ARCHIVES["copied"], b"\xff\xfe", b"Fz7-kqx") == {"hello.txt": HELLO}


def test_what_is_broken_raises_nothing_else() -> None:
    chance = random.Random(4)  # noqa: S311  the same in each run
    for data in ARCHIVES.values():
        for _ in range(25):
            broken = bytearray(data)
            for _ in range(chance.randrange(1, 4)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            for some in (bytes(broken), bytes(broken[: chance.randrange(len(broken))])):
                is_locked(some)
                with suppress(UnlistedError):
                    opened(some, [b"Fz7-kqx"], tick)
