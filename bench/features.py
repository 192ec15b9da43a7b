"""What it costs that the filter does more than to scan: on ordinary mail, each by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack

from bench.contestants import clamgate
from bench.rounds import Cell, Effort, compare
from bench.summaries import ratio, ratio_range, summarize
from bench.tables import table
from clamgate.harness.ports import free_port
from clamgate.harness.private_clamd import PrivateClamd

_NONE = "nothing more"
NONE_AGAIN = "nothing more, too"
"""A control: whatever it differs by is chance."""
SCAN_PARTS = "ScanParts Auto"
WATCHED = "the last three"
_LOG = {"LogClean": "Full", "LogFormat": "json"}


def cost_of_features(
    clamd: PrivateClamd,
    cells: Sequence[Cell],
    tokens: Iterator[bytes],
    effort: Effort,
    names: Collection[str] = (),
) -> str:
    """Compare filters that differ in one feature, by rate and by processor time.

    Args:
        clamd: Before which.
        cells: In what.
        tokens: For their messages.
        effort: How long.
        names: Those to be compared with what has none of them; empty for all but the control.
    """
    rows = []
    with ExitStack() as stack:
        contestants = [
            stack.enter_context(clamgate(clamd, conf, name))
            for name, conf in _features()
            if name == _NONE or (name in names if names else name != NONE_AGAIN)
        ]
        for cell in cells:
            found = compare(cell, clamd, contestants, tokens, effort)
            least = [one.rate for one in found[_NONE]]
            for name, rounds in found.items():
                summary = summarize(rounds)
                rates = [one.rate for one in rounds]
                low, high = ratio_range(rates, least)
                rows.append(
                    (
                        f"{cell}, {name}",
                        f"{summary.rate:.1f}",
                        f"{ratio(rates, least):.3f}",
                        "" if name == _NONE else f"{low:.2f} to {high:.2f}",
                        f"{summary.cpu * 1e6:.0f}",
                        f"{summary.clamd_cpu * 1e6:.0f}",
                    )
                )
    return table(
        ("clamgate with", "msg/s", f"of {_NONE}", "nine of ten", "filter us", "clamd us"), rows
    )


def _features() -> Iterator[tuple[str, str]]:
    """Yield what is compared, by name: lines of a conf."""
    off = {"ScanParts": "Never", "HistorySize": "0"}
    for name, change in (
        (_NONE, {}),
        (NONE_AGAIN, {}),
        (SCAN_PARTS, {"ScanParts": "Auto"}),
        ("ScanParts Always", {"ScanParts": "Always"}),
        ("the history", {"HistorySize": "10000"}),
        ("metrics", {"MetricsListen": f"127.0.0.1:{free_port()}"}),
        ("LogClean Full, json", _LOG),
        (
            WATCHED,
            {"HistorySize": "10000", **_LOG, "MetricsListen": f"127.0.0.1:{free_port()}"},
        ),
    ):
        yield name, "".join(f"{key} {value}\n" for key, value in {**off, **change}.items())
