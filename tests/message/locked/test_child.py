from __future__ import annotations

import itertools
import random
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.locked_zip import locked_zip

from clamgate.message.locked import child
from clamgate.message.locked.child import NOTHING_FITS, TOO_LONG, TOO_MANY, tried, unlocked
from clamgate.message.locked.zipped import LockedFile, locked_files


def names(opened: list[tuple[LockedFile, bytes]]) -> list[bytes]:
    return [file.name for file, _ in opened]


def let_time_tick(monkeypatch: pytest.MonkeyPatch, step: float) -> None:
    """Have so many seconds pass at each look at the clock, which is nobody else's."""
    ticks = itertools.count(0.0, step)
    monkeypatch.setattr(child, "time", SimpleNamespace(monotonic=lambda: next(ticks)))


def test_each_file_may_have_a_password_of_its_own() -> None:
    data = locked_zip({"a": b"a", "b": b"bb" * 50}, b"one", {"b": b"two"})
    files = locked_files(data)
    assert unlocked(files, [b"zero", b"one", b"two"])[1] == ""
    opened, why = unlocked(files, [b"zero", b"two"])
    assert (names(opened), why) == ([b"b"], NOTHING_FITS)
    assert unlocked(files, [b"zero"]) == ([], NOTHING_FITS)
    assert unlocked([], [b"zero"]) == ([], "")


def test_it_stops_when_it_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    let_time_tick(monkeypatch, 4.0)
    files = locked_files(locked_zip({"a": b"a"}, b"one"))
    assert unlocked(files, [b"zero", b"two", b"three", b"one"]) == ([], TOO_LONG)


def test_what_was_opened_by_then_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = random.Random(5).randbytes(200_000)  # noqa: S311  the same in each run
    files = locked_files(locked_zip({"large": noise, "small": b"x"}, b"one"))
    let_time_tick(monkeypatch, 2.0)
    opened, why = unlocked(files, [b"one"])
    assert (names(opened), why) == ([b"small"], TOO_LONG)


@pytest.mark.parametrize("name", ["plain-names.7z", "7zip-aes256.zip"])
def test_both_kinds_of_archive(name: str) -> None:
    archive = (Path(__file__).parent / "archives" / name).read_bytes()
    opened, why = tried(archive, [b"zero", b"Fz7-kqx"])
    assert (opened[:4], why) == (b"PK\x03\x04", "")
    assert tried(archive, [b"zero"]) == (b"", NOTHING_FITS)


def test_7z_that_cannot_be_read() -> None:
    archive = (Path(__file__).parent / "archives" / "ppmd.7z").read_bytes()
    assert tried(archive, [b"Fz7-kqx"]) == (b"", "it is packed in a way that is not known")


def test_7z_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = (Path(__file__).parent / "archives" / "copied.7z").read_bytes()
    let_time_tick(monkeypatch, 4.0)
    assert tried(archive, [b"zero", b"two", b"three", b"four"]) == (b"", TOO_LONG)


def test_what_has_too_many_files_is_not_said_to_be_open() -> None:
    many = locked_zip({str(number): b"x" for number in range(201)}, b"one")
    opened, why = tried(many, [b"one"])
    assert (opened[:4], why) == (b"PK\x03\x04", TOO_MANY)
    assert tried(b"PK\x03\x04", [b"one"]) == (b"", TOO_MANY)
