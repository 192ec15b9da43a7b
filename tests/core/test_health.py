from __future__ import annotations

import json

import pytest

from clamgate.core.health import Check, Health, database_check

DAY = 86400.0


def test_one_thing_that_is_bad_is_enough() -> None:
    well, ill = Check("a", ok=True, text="runs"), Check("b", ok=False, text="gone")
    assert Health.of([well]).ok
    assert not Health.of([well, ill]).ok
    assert [str(check) for check in (well, ill)] == ["a: ok: runs", "b: BAD: gone"]
    assert json.loads(json.dumps(Health.of([ill]).to_json())) == {
        "ok": False,
        "checks": [{"name": "b", "ok": False, "text": "gone"}],
    }


@pytest.mark.parametrize(
    ("age", "max_age", "text"),
    [
        (-5.0, None, "database: ok: 0 s old"),
        (90.0, None, "database: ok: 90 s old"),
        (3 * DAY, 4 * DAY, "database: ok: 3.0 days old, Limit is 96 h"),
        (5 * DAY, 4 * DAY, "database: BAD: 5.0 days old, Limit is 96 h"),
    ],
)
def test_the_age_of_a_database(age: float, max_age: float | None, text: str) -> None:
    assert str(database_check(age, max_age, "Limit")) == text
