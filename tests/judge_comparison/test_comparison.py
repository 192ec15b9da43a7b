"""The harness MTA, Postfix and Sendmail: same client, same filter, and the same outcome."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.judge_comparison.report import report
from tests.judge_comparison.run import (
    FLOWS,
    FLOWS_OF_SENDMAIL,
    Comparison,
    cannot_compare,
    compare_all,
)
from tests.judge_comparison.wanted import WANTED_OF_POSTFIX, WANTED_OF_SENDMAIL
from tests.sections import add_section

needs_both = pytest.mark.skipif(cannot_compare() is not None, reason=cannot_compare() or "")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare_all()


@needs_both
@pytest.mark.timeout(900)
def test_all_agree_but_for_wanted_differences(
    comparison: Comparison, pytestconfig: pytest.Config
) -> None:
    add_section(pytestconfig, "the harness MTA beside others", report(comparison))
    assert comparison.problems == []


@needs_both
@pytest.mark.timeout(900)
def test_nothing_is_left_out(comparison: Comparison) -> None:
    counted = {name: one.flows for name, one in comparison.by_mta.items()}
    assert counted == {"Postfix": len(FLOWS), "Sendmail": len(FLOWS_OF_SENDMAIL)}
    assert len(FLOWS_OF_SENDMAIL) >= 240


def test_names_are_unique() -> None:
    assert max(Counter(flow.name for flow in FLOWS).values()) == 1


def test_every_wanted_difference_has_its_reason_and_place() -> None:
    for entry in (*WANTED_OF_POSTFIX, *WANTED_OF_SENDMAIL):
        assert entry.reason
        assert entry.flows
        assert entry.parts <= {"replies", "delivered", "held", "faults"}
