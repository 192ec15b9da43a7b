from __future__ import annotations

import time
from datetime import datetime

import click
import pytest

from clamgate.cli.moments import moment

CONTEXT = click.Context(click.Command("x"))
OPTION = click.Option(["--since"])


def test_a_day_begins_where_the_program_runs() -> None:
    expected = datetime(2026, 11, 25).astimezone().timestamp()
    assert moment(CONTEXT, OPTION, "2026-11-25") == expected
    assert moment(CONTEXT, OPTION, "2026-11-25 00:01") == expected + 60
    assert moment(CONTEXT, OPTION, "2026-11-25T12:00+00:00") == 1_795_608_000.0


@pytest.mark.parametrize(("ago", "seconds"), [("90m", 5400), ("2h", 7200), ("1w", 604800)])
def test_so_long_ago(ago: str, seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    assert moment(CONTEXT, OPTION, ago) == 1_000_000.0 - seconds


@pytest.mark.parametrize("text", ["", "now", "2026-13-01", "-1d", "2 d", "9999999999999d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no time: write"):
        moment(CONTEXT, OPTION, text)
