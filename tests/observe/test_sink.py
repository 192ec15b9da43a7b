from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.time_zone import time_zone

from clamgate.observe.sink import Level, date, file_line


@pytest.fixture(autouse=True)
def _utc() -> Iterator[None]:
    with time_zone("UTC"):
        yield


def test_a_date_is_written_as_ctime_does() -> None:
    assert date(1795489712.9) == "Tue Nov 24 03:08:32 2026"
    assert date(1796094512) == "Tue Dec  1 03:08:32 2026"


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (Level.ERROR, b"ERROR: text\n"),
        (Level.WARNING, b"WARNING: text\n"),
        (Level.INFO, b"text\n"),
        (Level.DEBUG, b"text\n"),
    ],
)
def test_errors_and_warnings_are_named(level: Level, expected: bytes) -> None:
    assert file_line(level, "text", None) == expected


def test_the_time_comes_first() -> None:
    line = file_line(Level.ERROR, "é", 1795489712)
    assert line == b"Tue Nov 24 03:08:32 2026 -> ERROR: \xc3\xa9\n"


def test_text_that_cannot_be_encoded_does_not_stop_the_line() -> None:
    assert file_line(Level.INFO, "a\udc80b", None) == b"a?b\n"
