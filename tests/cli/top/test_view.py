from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len
from tests.cli.top.examples import NOW, decision, model, row, status

from clamgate.cli.top.canvas import Line
from clamgate.cli.top.keys import Show, State
from clamgate.cli.top.model import Model, Sample
from clamgate.cli.top.view import Size, draw, fits

SIZES = [Size(80, 24), Size(200, 50), Size(40, 12), Size(132, 43), Size(30, 5), Size(1, 1)]


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def line_with(word: str, lines: list[str]) -> str:
    (found,) = (line for line in lines if word in line)
    return " ".join(found.split())


BUSY: dict[str, Any] = {
    "rows": [
        row(NOW - n % 60, float(n), "infected" if n % 10 == 0 else "clean") for n in range(500)
    ],
    "latest": [decision(f"Q{n}", subject="日本語" * 50, sender="x" * 300) for n in range(200)],
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "known",
    [
        Model(),
        model(),
        model(**BUSY),
        model(remembers=0, rows=[], latest=[]),
        model(clamds={f"unix:/clamd-{n}": {"error": "gone"} for n in range(30)}),
    ],
)
def test_it_fills_the_terminal_exactly(known: Model, size: Size) -> None:
    lines = draw(known, State(), size)
    assert len(lines) == size.height
    assert {sum(cell_len(text) for text, _ in line) for line in lines} == {size.width}


def test_what_it_says_at_80x24() -> None:
    lines = texts(draw(model(**BUSY), State(), Size(80, 24)))
    assert "clamgate 0.1.0, serving on unix:/run/milter.sock for 1m 40s" in lines[0]
    assert "8.3/s in the last minute: 500 messages  infected 50  reject 50" in lines[1]
    assert lines[2] == "in all 7 messages  in flight 2  connections 4  generation 1"
    assert line_with("p50", lines) == "ms, last minute p50 p95 p99 max"
    assert line_with("in all  ", lines) == "in all 249.0 474.0 494.0 499.0"
    assert line_with("25.0M", lines) == "1 1 serving 4 2 7 8.3 474.0 25.0M 0"
    assert line_with("27456", lines) == "unix:/clamd up 3 2/10 8.3 5.0 27456 2h"
    assert "the highest is 9" in line_with("messages/s", lines)
    assert lines[-1] == "q quit  p pause  f show: all  / search"
    assert lines[-2].split()[1] == "Q199"


def test_many_workers_leave_room_for_the_rest() -> None:
    many = status(workers=[{**status()["workers"][0], "generation": n} for n in range(64)])
    known = model()
    known.status = many
    lines = texts(draw(known, State(), Size(80, 24)))
    assert any(line.startswith("and ") and line.endswith("more workers") for line in lines)
    assert any("Q1" in line for line in lines)


@pytest.mark.parametrize(
    ("reach", "said", "word"),
    [
        ({"up_for": 2, "down_for": 0}, {}, "up"),
        ({"up_for": 1, "down_for": 2}, {}, "up 1/3"),
        ({"up_for": 0, "down_for": 2}, {}, "down"),
        (None, {"error": "refused"}, "down"),
        (None, {"version": "ClamAV 1.4.6"}, "up"),
        (None, {}, "?"),
    ],
)
def test_how_a_clamd_is(reach: dict[str, int] | None, said: dict[str, str], word: str) -> None:
    known = model(clamds={"unix:/c": said})
    known.status = status(clamds=[{"clamd": "unix:/c", **reach}] if reach else [])
    lines = texts(draw(known, State(), Size(100, 24)))
    assert line_with("unix:/c ", lines).startswith(f"unix:/c {word} ")


def test_without_a_history_it_says_so() -> None:
    lines = texts(draw(model(remembers=0, rows=[], latest=[]), State(), Size(80, 24)))
    assert any("(HistorySize 0)" in line for line in lines)
    assert any(line.startswith("1 ") and "serving" in line for line in lines)


def test_no_answer_yet_and_none_any_more() -> None:
    assert texts(draw(Model(), State(), Size(80, 24)))[0] == "asking the filter ..."
    never = Model()
    never.take(Sample(NOW, error="no filter listens on /x"))
    assert texts(draw(never, State(), Size(80, 24)))[0] == "no filter listens on /x"
    known = model()
    known.take(Sample(NOW, error="no filter listens on /x"))
    lines = texts(draw(known, State(), Size(80, 24)))
    assert lines[-1].startswith("trying again: no filter listens on /x")
    assert any("Q1" in line for line in lines)


@pytest.mark.parametrize(
    ("state", "foot"),
    [
        (State(paused=True), " PAUSED  q quit  p go on  f show: all  / search"),
        (State(typing="abc"), "/abc_   enter: show only what has this in it   esc: leave it"),
        (State(text="abc", show=Show.INFECTED), 'infected, with "abc"'),
    ],
)
def test_the_foot_tells_the_state(state: State, foot: str) -> None:
    assert foot in texts(draw(model(), state, Size(80, 24)))[-1]


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (State(), True),
        (State(show=Show.NOT_CLEAN), True),
        (State(show=Show.INFECTED), False),
        (State(text="B@EXAMPLE"), True),
        (State(text="hello"), True),
        (State(text="192.0.2"), True),
        (State(text="nobody"), False),
    ],
)
def test_which_decisions_are_shown(state: State, shown: bool) -> None:  # noqa: FBT001
    assert fits(decision(verdict="failed"), state) is shown


def test_in_ascii_all_of_it_is() -> None:
    lines = texts(draw(model(latest=[]), State(), Size(80, 24), ascii_only=True))
    assert "".join(lines).isascii()


def test_what_senders_write_is_shown_as_text() -> None:
    evil = decision(subject="\x1b[2J\n", sender="\x07", recipients=["\u202e"])
    lines = draw(model(latest=[evil]), State(), Size(200, 50))
    assert all(text.isprintable() for line in lines for text, _ in line)
