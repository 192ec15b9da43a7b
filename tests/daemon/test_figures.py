from __future__ import annotations

import json

import pytest

from clamgate.daemon.figures import ClamdFigures, Figures


@pytest.mark.parametrize(
    "figures",
    [
        Figures(),
        Figures(
            accepting=True,
            workers={"serving": 2},
            processes=(3, 4),
            reloads={"done": 1},
            clamds={"unix:/c": ClamdFigures(1, 2, "ClamAV 1.4", 3, "refused")},
            quarantine=(5, 6),
            memory={"master": 7},
        ),
    ],
)
def test_figures_survive_the_way(figures: Figures) -> None:
    assert Figures.from_json(json.loads(json.dumps(figures.to_json()))) == figures


def test_a_clamd_that_cannot_be_reached_is_down_whatever_workers_believe() -> None:
    figures = Figures(clamds={"a": ClamdFigures(2, 0, "ClamAV 1.4"), "b": ClamdFigures(1)})
    assert figures.without({"a": "refused", "c": "refused"}).clamds == {
        "a": ClamdFigures(0, 2, "", 0, "refused"),
        "b": ClamdFigures(1),
    }
