"""The comparison for people to read."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle_comparison.compare import Wanted
from tests.oracle_comparison.confs import CONFS
from tests.oracle_comparison.mails import CASES
from tests.oracle_comparison.refusals import By
from tests.oracle_comparison.run import Comparison


def report(comparison: Comparison) -> str:
    """Return the whole of it: counts, problems, and wanted differences with their reasons."""
    return "\n".join((*_counts(comparison), *_problems(comparison), *_wanted(comparison)))


def _counts(comparison: Comparison) -> Iterator[str]:
    agreed = sum(not one.problems for one in comparison.pairs)
    alike = sum(not one.problems and not one.wanted for one in comparison.pairs)
    refused = sum(not start.problems for start in comparison.starts)
    yield f"{len(CONFS)} confs by {len(CASES)} cases, the C clamav-milter and ours side by side:"
    yield f"{agreed} of {len(comparison.pairs)} agree"
    yield f"  {alike} in every respect, {agreed - alike} but for wanted differences"
    yield f"{refused} of {len(comparison.starts)} bad confs are refused as they should be"


def _problems(comparison: Comparison) -> Iterator[str]:
    if comparison.problems:
        yield "PROBLEMS"
        yield from (f"  {text}" for text in comparison.problems)


def _wanted(comparison: Comparison) -> Iterator[str]:
    yield "Wanted differences (in brackets: the C program), in how many pairs, and why:"
    for entry in comparison.wanted:
        yield f"  {_count(comparison, entry):4}  {entry.says}"
        yield f"        {entry.reason}"
    for start in comparison.starts:
        if start.conf.by is not By.BOTH:
            yield f"     1  bad conf {start.conf.name}: refused by {start.conf.by.value}"
            yield f"        {start.conf.reason}"
    yield "Made alike before comparing: the version in X-Virus-Scanned, and the blank after the"
    yield "colon of an added field, which ours sends itself. The C program is given zeroed memory:"
    yield "for `LocalNet local` it compares clients with what it never set, and matches by luck."


def _count(comparison: Comparison, entry: Wanted) -> int:
    return sum(entry in one.wanted for one in comparison.pairs)
