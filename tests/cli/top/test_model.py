from __future__ import annotations

from tests.cli.top.examples import NOW, decision, model, row, sample, status

from clamgate.cli.top.model import Sample


def test_answers_add_up() -> None:
    known = model(serial=2, rows=[row(NOW - 2), row(NOW - 1.2)])
    known.take(sample(serial=3, rows=[row(NOW - 1.1)], latest=[decision("Q2")]))
    assert known.counts(4) == [0, 0, 1, 2]
    assert [one["queue_id"] for one in known.decisions] == ["Q1", "Q2"]
    assert (known.serial, len(known.recent)) == (3, 3)


def test_figures_are_of_the_last_minute_and_the_chart_goes_further_back() -> None:
    known = model(rows=[row(NOW - 100), row(NOW - 61), row(NOW - 59)])
    assert [one.time for one in known.recent] == [NOW - 59]
    assert sum(known.counts(120)) == 3
    known.now = NOW + 3600
    known.take(Sample(NOW + 3600, status(), sample(serial=1, rows=[]).watch))
    assert known.per_second == {}
    assert len(known.rows) == 0


def test_no_answer_leaves_what_is_known() -> None:
    known = model()
    known.take(Sample(NOW + 1, error="nobody is there"))
    assert (known.error, known.serial, len(known.decisions)) == ("nobody is there", 1, 1)
    known.take(sample())
    assert known.error == ""


def test_of_another_filter_nothing_is_known() -> None:
    known = model(serial=100)
    known.take(sample(serial=1, rows=[], latest=[]))
    assert (len(known.rows), len(known.decisions), known.per_second) == (0, 0, {})
