from __future__ import annotations

import pytest

from clamgate.cli.tables import columns, duration, mebibytes


def test_figures_stand_on_the_right_and_words_on_the_left() -> None:
    assert columns(("NAME", "N", "X"), [("a", 5, ""), ("long name", 1234, "b")]) == [
        "NAME          N  X",
        "a             5",
        "long name  1234  b",
    ]


def test_without_rows_the_heads_remain() -> None:
    assert columns(("A", "B"), []) == ["A  B"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m 0s"),
        (3725, "1h 2m"),
        (86400, "1d 0h"),
        (200_000, "2d 7h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_memory() -> None:
    assert mebibytes(3 << 19) == "1.5M"
    assert mebibytes(None) == "?"
