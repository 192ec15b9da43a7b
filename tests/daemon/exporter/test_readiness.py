from __future__ import annotations

import time
from dataclasses import replace

import pytest

from clamgate.daemon.exporter.readiness import SILENCE, alive, ready
from clamgate.daemon.figures import ClamdFigures, Figures

DAY = 86400.0
NOW = time.mktime(time.strptime("Tue Nov 24 08:35:05 2026")) + 2 * DAY
CLAMD = ClamdFigures(up=2, version="ClamAV 1.4.6/27456/Tue Nov 24 08:35:05 2026")
WELL = Figures(accepting=True, workers={"serving": 2}, clamds={"unix:/c": CLAMD})


def seen(figures: Figures, silent: float = 0.0, max_age: float | None = None) -> list[str]:
    return [str(check) for check in ready(figures, silent, max_age, NOW).checks]


def test_a_filter_that_is_well() -> None:
    assert seen(WELL) == [
        "master: ok: answers",
        "filter: ok: 2 workers accept connections",
        "clamd: ok: 1 of 1 up",
        "database: ok: 2.0 days old",
    ]


def test_one_clamd_of_two_is_enough_and_the_other_is_named() -> None:
    down = ClamdFigures(down=2, reason="refused")
    assert seen(replace(WELL, clamds={"unix:/c": CLAMD, "unix:/d": down}))[2] == (
        "clamd: ok: 1 of 2 up; unix:/d: refused"
    )
    assert seen(replace(WELL, clamds={"unix:/d": down}))[2] == (
        "clamd: BAD: 0 of 1 up; unix:/d: refused"
    )


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        (replace(WELL, accepting=False, stopping=True), "filter: BAD: it is stopping"),
        (Figures(stopping=True), "filter: BAD: it is stopping"),
        (replace(WELL, accepting=False, workers={"serving": 0}), "filter: BAD: no worker serves"),
        (Figures(), "filter: BAD: no worker serves"),
    ],
)
def test_one_that_does_not_accept(figures: Figures, text: str) -> None:
    assert seen(figures)[1] == text


def test_signatures_that_are_too_old_by_the_clamd_that_has_the_newest() -> None:
    old = replace(CLAMD, version="ClamAV 1.4.6/27000/Tue Nov 24 08:35:05 2020")
    both = replace(WELL, clamds={"unix:/c": CLAMD, "unix:/d": old})
    assert (
        seen(both, max_age=3 * DAY)[3] == "database: ok: 2.0 days old, ReadyMaxDatabaseAge is 72 h"
    )
    assert seen(WELL, max_age=DAY)[3] == "database: BAD: 2.0 days old, ReadyMaxDatabaseAge is 24 h"


def test_signatures_of_unknown_age_matter_only_where_age_does() -> None:
    figures = replace(WELL, clamds={"unix:/c": replace(CLAMD, version="ClamAV 1.4.6")})
    assert len(seen(figures)) == 3
    assert seen(figures, max_age=DAY)[3] == (
        "database: BAD: no clamd says how old its signatures are"
    )


def test_a_master_that_is_silent_for_long_is_not_alive() -> None:
    assert alive(SILENCE - 1).ok
    assert str(alive(SILENCE).checks[0]) == "master: BAD: has not answered for 60 s"
    assert not ready(WELL, 3600.0, None, NOW).ok
