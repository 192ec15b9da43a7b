from __future__ import annotations

import json

import pytest

from clamgate.daemon.reports import ClamdView, Load, Order, Report


@pytest.mark.parametrize(
    "report",
    [
        Report(),
        Report(3, 2, 1, Order.DRAIN, {"unix:/c": ClamdView(up=False, text="refused")}),
        Report(load=Load(4, 5, {"unix:/c": 6}, 7)),
    ],
)
def test_a_report_survives_the_way(report: Report) -> None:
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report
