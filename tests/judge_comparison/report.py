"""The comparison for people to read."""

from __future__ import annotations

from collections.abc import Iterator

from tests.judge_comparison.compare import Compared
from tests.judge_comparison.run import Comparison


def report(comparison: Comparison) -> str:
    """Return the whole of it: counts, problems, and wanted differences with their reasons."""
    lines = [line for name, one in comparison.by_mta.items() for line in _of_one(name, one)]
    return "\n".join(("The harness MTA beside real ones, one scripted filter:", *lines, _ALIKE))


def _of_one(name: str, one: Compared) -> Iterator[str]:
    yield f"{name}: {one.alike} of {one.flows} flows agree, {len(one.wanted)} differ as wanted"
    if one.problems:
        yield "  PROBLEMS"
        yield from (f"    {text}" for text in one.problems)
    for entry in dict.fromkeys(one.wanted.values()):
        flows = sorted(flow for flow, its in one.wanted.items() if its is entry)
        yield f"  {len(flows):3}  {entry.says}"
        yield f"       {entry.reason}"
        yield f"       {', '.join(flows)}"


_ALIKE = (
    "Made alike before comparing: the texts of replies that accept, and values of Received; with\n"
    "Sendmail also how each refuses in its own words, of which only the class (4 or 5) counts.\n"
    "Sendmail cannot hold mail when a filter fails, so flows with that fallback are not its."
)
