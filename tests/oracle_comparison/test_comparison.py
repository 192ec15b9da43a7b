"""The C clamav-milter and ours: same conf, same clamd, same mail, and the same outcome."""

from __future__ import annotations

import pytest
from tests.oracle_comparison.confs import CONFS
from tests.oracle_comparison.mails import CASES
from tests.oracle_comparison.report import report
from tests.oracle_comparison.run import Comparison, cannot_compare, compare_all
from tests.sections import add_section

pytestmark = [
    pytest.mark.skipif(cannot_compare() is not None, reason=cannot_compare() or ""),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare_all()


def test_all_agree_but_for_wanted_differences(
    comparison: Comparison, pytestconfig: pytest.Config
) -> None:
    add_section(pytestconfig, "the C clamav-milter and ours", report(comparison))
    assert comparison.problems == []


def test_nothing_is_left_out(comparison: Comparison) -> None:
    pairs = {one.pair for one in comparison.pairs}
    assert pairs == {(conf.name, case.name) for conf in CONFS for case in CASES}
    assert len(comparison.pairs) == len(CONFS) * len(CASES)
    assert len(CONFS) >= 25
    assert len(CASES) >= 20


def test_no_refusal_is_a_traceback(comparison: Comparison) -> None:
    said = [start.ours.output for start in comparison.starts if start.ours]
    assert said
    assert all(text.startswith(("ERROR: ", "WARNING: ")) for text in said)
