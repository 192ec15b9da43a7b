from __future__ import annotations

import pytest

from clamgate.cli.top.figures import Latency, age, chart, latency, milliseconds


def test_percentiles_are_values_that_were_there() -> None:
    assert latency([]) is None
    assert latency([3.0]) == Latency(3.0, 3.0, 3.0, 3.0)
    assert latency([float(n) for n in range(100, 0, -1)]) == Latency(50.0, 95.0, 99.0, 100.0)


@pytest.mark.parametrize(
    ("counts", "height", "lines"),
    [
        ([0, 4, 8], 1, [" ▄█"]),
        ([0, 4, 8, 12, 16], 2, ["   ▄█", " ▄███"]),
        ([0, 1, 1000], 1, [" ▁█"]),
        ([0, 0], 2, ["  ", "  "]),
        ([], 1, [""]),
    ],
)
def test_a_chart(counts: list[int], height: int, lines: list[str]) -> None:
    assert chart(counts, height, ascii_only=False) == lines


def test_a_chart_in_ascii() -> None:
    assert chart([0, 1, 2, 3, 4], 1, ascii_only=True) == [" .:|#"]
    assert chart([8, 4], 2, ascii_only=True) == ["# ", "##"]


def test_how_figures_are_written() -> None:
    assert [milliseconds(one) for one in (None, 0.04, 999.9, 12345.6)] == [
        *("-", "0.0", "999.9"),
        "12346",
    ]
    assert [age(one) for one in (None, -5, 59, 60, 7200, 86400 * 3)] == [
        *("-", "0s", "59s", "1m"),
        *("2h", "3d"),
    ]
