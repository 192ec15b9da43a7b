"""The comparison as a picture."""

from __future__ import annotations

from pathlib import Path

from bench.summaries import summarize
from bench.targets import Results


def draw(results: Results, path: Path) -> bool:
    """Draw rates and processor time of all cells; say whether that could be done.

    It needs matplotlib, which only this wants: ``pip install -e .[bench]``.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  the rest works without it
    except ImportError:
        return False
    figure = Figure(figsize=(11, 3 * len(results)), layout="constrained")
    axes = figure.subplots(len(results), 3, squeeze=False)
    for row, (cell, found) in zip(axes, results.items(), strict=True):
        summaries = {name: summarize(rounds) for name, rounds in found.items()}
        names = list(summaries)
        for axis, title, values in zip(
            row,
            ("messages a second", "99 % of latencies, ms", "processor time of the filter, us"),
            (
                [one.rate for one in summaries.values()],
                [one.p99 * 1e3 for one in summaries.values()],
                [one.cpu * 1e6 for one in summaries.values()],
            ),
            strict=True,
        ):
            axis.bar_label(axis.barh(names, values), fmt="%.0f")
            axis.set_title(f"{cell}\n{title}", fontsize=8)
            axis.invert_yaxis()
            axis.margins(x=0.15)
    figure.savefig(path, dpi=90)
    return True
