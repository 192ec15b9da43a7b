"""conf/prometheus and conf/grafana by themselves."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from tests.prometheus.server import CONF, RULES, why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
ALERTS = re.findall(r"- alert: (\w+)", RULES.read_text())
DASHBOARD = CONF / "grafana" / "clamgate.json"


def promtool(*arguments: str) -> str:
    done = subprocess.run(
        ["promtool", *arguments],
        cwd=RULES.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_rules_are_rules() -> None:
    assert f"{len(ALERTS)} rules found" in promtool("check", "rules", "--lint-fatal", RULES.name)


def test_each_alert_fires_when_it_should() -> None:
    promtool("test", "rules", "clamgate.test.yml")


def test_no_alert_is_without_a_test_that_it_fires_and_one_that_it_does_not() -> None:
    tests = (RULES.parent / "clamgate.test.yml").read_text()
    for alert in ALERTS:
        assert re.search(rf"ALERTS{{alertname=\"{alert}\"[^}}]*}}\)'\n.*\n *exp_samples", tests), (
            alert
        )
        assert re.search(rf"{{expr: 'ALERTS{{alertname=\"{alert}\"", tests), alert


def test_every_alert_is_in_the_manual() -> None:
    manual = (CONF.parent / "docs" / "metrics.md").read_text()
    assert re.findall(r"^\| `(Clamgate\w+)`", manual, re.MULTILINE) == ALERTS


def test_no_panel_of_the_dashboard_lies_on_another() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)
